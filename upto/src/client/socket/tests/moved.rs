//! A server that moves while nothing fails, and a resolver that does not answer.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use super::super::server::Server;
use super::*;

/// Only ends tests that fail.
const DEADLINE: Duration = Duration::from_secs(60);

/// A server whose addresses are found when they are told, in this order; and what tells them.
fn told() -> (Server, Sender<Vec<SocketAddr>>) {
    let (tell, told) = channel();
    let told = Mutex::new(told);
    let look_up = move || told.lock().expect("no panic").recv().map_err(|_| ErrorKind::NotFound.into());
    (Server::found_by(look_up), tell)
}

/// Sends at a time until that arrives at a server, to which the name has moved.
fn send_until_it_arrives(socket: &mut Socket, now: Instant, server: &UdpSocket) {
    let began = Instant::now();
    while server.recv(&mut [0; 16]).is_err() {
        assert!(began.elapsed() < DEADLINE, "it never arrives");
        socket.send(&batch(), now);
        thread::yield_now();
    }
}

#[test]
fn a_name_is_looked_up_every_five_minutes_and_nothing_waits_for_the_answer() {
    let ((old, first), (new, second)) = (server(), server());
    let (server, tell) = told();
    tell.send(vec![first]).expect("it is heard");
    let mut socket = Socket::to(server);
    let began = Instant::now();
    let mut is_delivered_at = |second| {
        socket.send(&batch(), began + Duration::from_secs(second));
        old.recv(&mut [0; 16]).is_ok()
    };
    // From the 300th second on, somebody asks and gets no answer.
    assert!((0..600).all(&mut is_delivered_at));
    tell.send(vec![second]).expect("it is heard");
    send_until_it_arrives(&mut socket, began + Duration::from_secs(600), &new);
}

#[test]
fn while_the_old_address_is_among_the_new_ones_the_socket_stays() {
    let ((old, first), (new, second)) = (server(), server());
    let (server, tell) = told();
    tell.send(vec![first]).expect("it is heard");
    tell.send(vec![second, first]).expect("it is heard");
    let (mut socket, began) = (Socket::to(server), Instant::now());
    socket.send(&batch(), began);
    let later = began + ASK_AGAIN_AFTER;
    socket.send(&batch(), later);
    while socket.server.addresses(later) != [second, first] {}
    socket.send(&batch(), later);
    assert_eq!([(); 3].map(|()| old.recv(&mut [0; 16]).is_ok()), [true; 3]);
    assert!(new.recv(&mut [0; 16]).is_err());
}

#[test]
fn where_nothing_is_known_yet_the_answer_is_waited_for_once() {
    let (there, address) = server();
    let (server, tell) = told();
    let mut socket = Socket::to(server.with_patience(Duration::from_nanos(1)));
    let began = Instant::now();
    let sent = [0, 1, 2].map(|second| socket.send(&batch(), began + Duration::from_secs(second)));
    assert_eq!(sent, [0; 3]);
    tell.send(vec![address]).expect("it is heard");
    let later = began + Duration::from_secs(3);
    let now = Instant::now();
    let mut seconds = (0..).map(|second| later + Duration::from_secs(second));
    while socket.send(&batch(), seconds.next().expect("there is always one")) == 0 {
        assert!(now.elapsed() < DEADLINE, "it never hears");
        thread::yield_now();
    }
    assert!(there.recv(&mut [0; 16]).is_ok());
}
