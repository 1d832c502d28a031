//! The yardstick of a durable commit: PostgreSQL inserting two rows of the sizes that an
//! acknowledgement commits, in one transaction, as Debian sets it up (`fsync` and
//! `synchronous_commit` on).
//!
//! Owns: a server in a temporary folder, on a socket there. Must not know: what the rows mean.

use crate::told;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of the two rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) entry: usize,
    pub(crate) delivery: usize,
}

/// What `pgbench` told.
pub(crate) struct Rates {
    /// Transactions a second of 64 clients.
    pub(crate) clients_64: f64,
    /// Of 320 clients, as many as the calls under way in the load.
    pub(crate) clients_320: f64,
}

struct Server {
    binaries: PathBuf,
    folder: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        // Fails only when it has ended already.
        let _ = self
            .command("pg_ctl")
            .arg("-D")
            .arg(data)
            .args(["-m", "fast", "stop"])
            .output();
    }
}

impl Server {
    /// A program of PostgreSQL, as `postgres` when this is root: it refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let path = self.binaries.join(program);
        if rustix::process::geteuid().is_root() {
            let mut command = Command::new("runuser");
            command
                .args(["-u", "postgres", "--"])
                .arg(path)
                .current_dir("/");
            command
        } else {
            Command::new(path)
        }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let output = self
            .command(program)
            .args(arguments)
            .output()
            .map_err(told(program))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!(
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

fn binaries() -> Result<PathBuf, String> {
    let root = Path::new("/usr/lib/postgresql");
    let mut versions: Vec<_> = std::fs::read_dir(root)
        .map_err(|_| "PostgreSQL is not installed: apt-get install postgresql-15".to_owned())?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|path| path.join("pgbench").is_file())
        .collect();
    versions.sort();
    versions
        .pop()
        .ok_or_else(|| "PostgreSQL has no pgbench here".to_owned())
}

/// Starts a server, measures, ends it.
pub(crate) fn measure(rows: Rows) -> Result<Rates, String> {
    let folder = tempfile::tempdir().map_err(told("folder"))?;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777))
        .map_err(told("folder"))?;
    let server = Server {
        binaries: binaries()?,
        folder: folder.path().to_owned(),
    };
    let at = folder.path().display().to_string();
    let data = format!("{at}/data");
    server.run(
        "initdb",
        &[
            "-D",
            &data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "--no-instructions",
        ],
    )?;
    let options = format!("-k {at} -c listen_addresses= -c max_connections=400");
    let log = format!("{at}/log");
    // The server inherits the pipes of what starts it, so its own output must go to the log.
    server.run(
        "pg_ctl",
        &["-D", &data, "-l", &log, "-w", "-o", &options, "start"],
    )?;
    let tables = "create table entry (index bigserial primary key, leaf bytea not null); \
         create table delivery (id bigserial primary key, body bytea not null);";
    server.run("psql", &["-h", &at, "-U", "postgres", "-q", "-c", tables])?;
    let script = format!("{at}/script.sql");
    let text = format!(
        "begin;\ninsert into entry (leaf) values (decode(repeat('5a', {}), 'hex'));\n\
         insert into delivery (body) values (decode(repeat('5a', {}), 'hex'));\ncommit;\n",
        rows.entry, rows.delivery
    );
    std::fs::write(&script, text).map_err(told("script"))?;
    let rate = |clients: &str| {
        let told = server.run(
            "pgbench",
            &[
                "-h", &at, "-U", "postgres", "-n", "-M", "prepared", "-f", &script, "-c", clients,
                "-j", "2", "-T", "8", "postgres",
            ],
        )?;
        let line = told.lines().find_map(|line| line.strip_prefix("tps = "));
        let number = line.and_then(|line| line.split(' ').next()?.parse().ok());
        number.ok_or_else(|| format!("pgbench: {told}"))
    };
    rate("64")?;
    Ok(Rates {
        clients_64: rate("64")?,
        clients_320: rate("320")?,
    })
}
