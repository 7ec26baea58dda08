//! The system's own way to install programs.

use crate::command_line::CommandLine;

pub(crate) struct PackageManager {
    pub(crate) name: &'static str,
    install: &'static str,
    refresh: Option<&'static str>,
    /// Whether it writes where only root may.
    as_root: bool,
}

pub(crate) const KNOWN: [PackageManager; 5] = [
    PackageManager {
        name: "apt-get",
        install: "apt-get install --yes --no-install-recommends",
        refresh: Some("apt-get update"),
        as_root: true,
    },
    PackageManager {
        name: "dnf",
        install: "dnf install --assumeyes",
        refresh: None,
        as_root: true,
    },
    PackageManager { name: "apk", install: "apk add", refresh: Some("apk update"), as_root: true },
    PackageManager {
        name: "pacman",
        install: "pacman --sync --needed --noconfirm",
        refresh: Some("pacman --sync --refresh"),
        as_root: true,
    },
    PackageManager { name: "brew", install: "brew install", refresh: None, as_root: false },
];

/// The one that this system has.
pub(crate) fn detect() -> Option<&'static PackageManager> {
    KNOWN.iter().find(|manager| is_installed(manager.name))
}

impl PackageManager {
    pub(crate) fn install(&self, packages: &str) -> CommandLine {
        self.elevated(&format!("{} {packages}", self.install), needs_sudo())
    }

    pub(crate) fn refresh(&self) -> Option<CommandLine> {
        Some(self.elevated(self.refresh?, needs_sudo()))
    }

    fn elevated(&self, command: &str, needs_sudo: bool) -> CommandLine {
        if self.as_root && needs_sudo {
            CommandLine::new(&format!("sudo {command}"))
        } else {
            CommandLine::new(command)
        }
    }
}

/// Without sudo the plain command is run: its own complaint says what is missing.
fn needs_sudo() -> bool {
    let is_root = CommandLine::new("id -u").read().is_ok_and(|id| id.trim() == "0");
    !is_root && is_installed("sudo")
}

fn is_installed(program: &str) -> bool {
    CommandLine::new(&format!("{program} --version")).succeeds()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_needs_no_sudo_and_brew_never_does() {
        let [apt, .., brew] = &KNOWN;
        assert_eq!(apt.elevated("apt-get update", false).to_string(), "apt-get update");
        assert_eq!(apt.elevated("apt-get update", true).to_string(), "sudo apt-get update");
        assert_eq!(brew.elevated("brew install git", true).to_string(), "brew install git");
    }

    #[test]
    fn every_package_manager_is_called_by_its_name() {
        for manager in &KNOWN {
            assert!(manager.install.starts_with(manager.name), "{}", manager.install);
        }
    }
}
