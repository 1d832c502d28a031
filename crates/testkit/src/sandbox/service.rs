//! A service as a process.

use super::SandboxError;
use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How often a port is tried before the service is given up, and how long each try lasts.
const TRIES: u32 = 400;
const TRY: Duration = Duration::from_millis(50);

/// A running service. Dropping it kills the process, by its id.
#[derive(Debug)]
pub struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    pub(super) fn start(
        name: &'static str,
        binary: &Path,
        config: &Path,
        log: &Path,
        port: u16,
    ) -> Result<Self, SandboxError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |e| SandboxError::File(path, e)
        };
        let out = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(failed(log))?;
        let child = Command::new(binary)
            .args(["serve", "--role", name, "--config"])
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::from(out))
            .spawn()
            .map_err(failed(binary))?;
        let mut service = Self {
            child,
            log: log.to_owned(),
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        for _ in 0..TRIES {
            let open = TcpStream::connect_timeout(&address, TRY).is_ok();
            // Whoever has the port, a process that ended serves nobody.
            if matches!(service.child.try_wait(), Ok(Some(_)) | Err(_)) {
                break;
            }
            if open {
                return Ok(service);
            }
            // Waits for the process to get further: there is no event for an open port.
            std::thread::sleep(TRY);
        }
        Err(SandboxError::NotStarted {
            name,
            log: service.last_lines(),
        })
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process at once, as a power cut would (SIGKILL).
    ///
    /// # Errors
    /// The system's.
    pub fn kill(&mut self) -> std::io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }

    /// How the process ended, if it did.
    ///
    /// # Errors
    /// The system's.
    pub fn ended(&mut self) -> std::io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits for the process to end.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait()
    }

    /// The end of its log.
    pub fn last_lines(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines
            .iter()
            .rev()
            .take(5)
            .rev()
            .copied()
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
