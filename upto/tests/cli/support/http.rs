//! An HTTP server that answers what a test says.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::DEADLINE;

/// Listens until the test ends.
pub(crate) struct Listener {
    pub(crate) url: String,
    requests: Receiver<Request>,
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) content_type: String,
    pub(crate) authorization: String,
    pub(crate) body: Vec<u8>,
}

impl Listener {
    /// One that answers each request with what `answer` writes to the connection, which is closed then.
    pub(crate) fn new(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let (tell, requests) = channel();
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, answer) = (tell.clone(), answer.clone());
                thread::spawn(move || serve(stream, &tell, &*answer));
            }
        });
        Listener { url, requests }
    }

    /// One that answers by status, content type and body.
    pub(crate) fn answering(answer: impl Fn(&Request) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::new(move |request, stream| {
            let (status, body) = answer(request);
            respond(stream, status, &body);
        })
    }

    /// The next request, once it has come.
    pub(crate) fn request(&self) -> Request {
        self.requests.recv_timeout(DEADLINE).expect("a request")
    }
}

/// Writes a whole answer.
pub(crate) fn respond(stream: &mut TcpStream, status: u16, body: &str) {
    let kind = if status < 300 { "application/hal+json" } else { "application/problem+json" };
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Who asked may have gone.
    let _ = stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice());
}

fn serve(stream: TcpStream, tell: &Sender<Request>, answer: &dyn Fn(&Request, &mut TcpStream)) {
    let mut reader = BufReader::new(stream.try_clone().expect("the same connection"));
    let Some(request) = read(&mut reader) else { return };
    // The test may have ended.
    let _ = tell.send(request.clone());
    answer(&request, &mut { stream });
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (mut length, mut content_type, mut authorization) = (0, String::new(), String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "content-type" => value.clone_into(&mut content_type),
            "authorization" => value.clone_into(&mut authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, content_type, authorization, body })
}
