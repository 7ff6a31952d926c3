//! The bare way: `recvmmsg` and decoding, with nothing behind it. What it takes is counted and forgotten.

mod receive;

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{io, thread};

use crate::failure::Failure;
use crate::place::this_program;
use crate::process::Process;
use crate::receiver::{Counts, Receiver};

/// With it, this program is a sink for datagrams of the length that follows.
pub(crate) const FLAG: &str = "--sink";

/// A sink in a process of its own.
pub(crate) struct Sink {
    process: Process,
    address: SocketAddr,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Sink {
    /// One for datagrams that come in runs of this length each.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn start(each: usize) -> Result<Self, Failure> {
        let mut command = Command::new(this_program()?);
        command.args([FLAG, &each.to_string()]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::start(&mut command, "start the sink")?;
        let pipes = process.child().stdin.take().zip(process.child().stdout.take());
        let (questions, answers) = pipes.ok_or(Failure::Missing("the sink's pipes"))?;
        let mut answers = BufReader::new(answers);
        let address = line(&mut answers)?.parse().map_err(Failure::peer("the sink"))?;
        Ok(Sink { process, address, questions, answers })
    }
}

impl Receiver for Sink {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn counts(&mut self) -> Result<Counts, Failure> {
        self.questions.write_all(b"\n").map_err(Failure::system("ask the sink"))?;
        let answer = line(&mut self.answers)?;
        let numbers =
            answer.split_once(' ').and_then(|(one, other)| one.parse().ok().zip(other.parse().ok()));
        let (received, refused) = numbers.ok_or(Failure::Missing("the sink's counts"))?;
        Ok(Counts { received, refused, ..Counts::default() })
    }
}

fn line(from: &mut impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    from.read_line(&mut line).map_err(Failure::system("read what the sink tells"))?;
    Ok(line.trim_end().to_owned())
}

/// Datagrams that came, and those of them that the decoder refused.
#[derive(Debug, Default)]
struct Seen {
    received: AtomicU64,
    refused: AtomicU64,
}

/// Is a sink until its input ends.
pub(crate) fn run(each: &str) -> ExitCode {
    let told = each.parse().map_err(io::Error::other).and_then(serve);
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            upto_bench_harness::tell(crate::NAME, &format!("the sink: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn serve(each: usize) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    receive::prepare(&socket);
    tell(&socket.local_addr()?.to_string())?;
    let seen = Arc::new(Seen::default());
    let receiver = seen.clone();
    // It ends with the process.
    thread::spawn(move || receive::all(&socket, each, &receiver));
    for question in io::stdin().lines() {
        question?;
        let Seen { received, refused } = &*seen;
        tell(&format!("{} {}", received.load(Ordering::Relaxed), refused.load(Ordering::Relaxed)))?;
    }
    Ok(())
}

fn tell(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")?;
    output.flush()
}
