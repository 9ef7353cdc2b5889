//! Kafka's shell tools behind one Java virtual machine, so that a whole list of them takes seconds.

use crate::driver::{Driver, Refused};
use crate::peer::{Peer, main_class};
use std::time::Duration;

/// A virtual machine in which tools run: one at a time, and others in the background.
#[derive(Debug)]
pub struct Shell {
    peer: Peer,
    machine: Driver,
}

/// How a tool ended, and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// Its exit status, as text; where it did not end, what is known of that.
    pub status: String,
    /// Lines on standard output.
    pub out: Vec<String>,
    /// Lines on standard error.
    pub err: Vec<String>,
}

/// The longest that a tool may run; it is given up with what it had printed.
const TOOL_WITHIN: Duration = Duration::from_secs(180);

impl Shell {
    /// Starts the virtual machine.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn start(peer: &Peer) -> Result<Shell, String> {
        Ok(Shell { peer: peer.clone(), machine: Driver::start(&mut peer.program("Tools")?)? })
    }

    /// Runs a tool, named as its script is without `.sh`, with something on its standard input.
    ///
    /// # Panics
    /// For a tool that is not in the table, and when the virtual machine is gone.
    pub fn run(&mut self, tool: &str, arguments: &[&str], input: &str) -> Printed {
        let mut told = command_line(tool, arguments);
        told.push(("input", escaped(input)));
        self.printed("run", told)
    }

    /// As [`Shell::run`], in a virtual machine of its own: some tools end it, or print only when it ends.
    ///
    /// # Panics
    /// For a tool that is not in the table, and when there is no other machine.
    #[must_use]
    pub fn run_alone(&self, tool: &str, arguments: &[&str], input: &str) -> Printed {
        let main = main_class(tool).unwrap_or_else(|| panic!("{tool} is not in the table of tools"));
        let output = crate::tool::run(self.peer.java(main).args(arguments), input, TOOL_WITHIN);
        let output = output.expect("a virtual machine starts");
        let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
        let status = output.status.code().map_or_else(|| output.status.to_string(), |code| code.to_string());
        Printed { status, out: lines(&output.stdout), err: lines(&output.stderr) }
    }

    /// Starts a tool that goes on until [`Shell::stop_tool`] with the same name.
    ///
    /// # Panics
    /// As [`Shell::run`].
    pub fn start_tool(&mut self, name: &str, tool: &str, arguments: &[&str]) {
        let mut told = command_line(tool, arguments);
        told.push(("name", name.to_owned()));
        told.push(("input", String::new()));
        self.ask("start", &told).expect("a tool can be started");
    }

    /// Does what an interrupt in a terminal would, and waits for the end; all that the tool has printed.
    ///
    /// # Panics
    /// When the virtual machine is gone.
    pub fn stop_tool(&mut self, name: &str) -> Printed {
        self.printed("stop", vec![("name", name.to_owned())])
    }

    fn printed(&mut self, command: &str, mut told: Vec<(&str, String)>) -> Printed {
        told.push(("within", TOOL_WITHIN.as_millis().to_string()));
        let mut printed = Printed { status: String::new(), out: Vec::new(), err: Vec::new() };
        match self.ask(command, &told) {
            Err(refused) => printed.status = format!("{}: {}", refused.kind, refused.message),
            Ok(lines) => {
                for line in lines {
                    let (kind, text) = line.split_once('\t').expect("a kind and a text");
                    match kind {
                        "out" => printed.out.push(text.to_owned()),
                        "err" => printed.err.push(text.to_owned()),
                        _ => printed.status = text.to_owned(),
                    }
                }
            }
        }
        printed
    }

    fn ask(&mut self, command: &str, told: &[(&str, String)]) -> Result<Vec<String>, Refused> {
        let told: Vec<_> = told.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.machine.ask(command, &told)
    }
}

fn command_line(tool: &str, arguments: &[&str]) -> Vec<(&'static str, String)> {
    let main = main_class(tool).unwrap_or_else(|| panic!("{tool} is not in the table of tools"));
    let mut told = vec![("main", main.to_owned())];
    told.extend(arguments.iter().map(|argument| ("arg", escaped(argument))));
    told
}

/// As a value of a command, which is one line without tabs.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t")
}
