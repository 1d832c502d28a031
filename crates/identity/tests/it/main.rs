//! Identity over real connections and real files: who gets in, who does not, and by which name.

#[cfg(test)]
mod jws;
#[cfg(test)]
mod key_statement;
#[cfg(test)]
mod listener;
#[cfg(test)]
mod oin;
#[cfg(test)]
mod person_assertion;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod world;
#[cfg(test)]
mod zoo;
