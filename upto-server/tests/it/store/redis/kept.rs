//! What is in a Redis, as the commands that bring it back: the protocol stays when formats of files change.

use ::redis::{Arg, Cmd, Connection, FromRedisValue, cmd, from_redis_value, parse_redis_value};

use super::backend::{OneServer, ThreeMasters};
use super::server::Server;
use crate::store::upgrade::Kept;

type Bytes = Vec<u8>;

impl Kept for OneServer {
    const FILE: &str = "redis.resp";

    fn save(&self) -> Vec<u8> {
        all(&mut self.0.connection())
    }

    fn load(&self, saved: &[u8]) {
        let mut connection = self.0.connection();
        commands(saved).iter().for_each(|command| run(command, &mut connection));
    }
}

impl Kept for ThreeMasters {
    const FILE: &str = "redis-cluster.resp";

    fn save(&self) -> Vec<u8> {
        self.cluster.masters.iter().flat_map(|master| all(&mut master.connection())).collect()
    }

    fn load(&self, saved: &[u8]) {
        let mut connections: Vec<_> = self.cluster.masters.iter().map(Server::connection).collect();
        for command in commands(saved) {
            let key = command.args_iter().nth(1).expect("a key");
            let Arg::Simple(key) = key else { panic!("not a key") };
            let slot: u16 = ask(cmd("CLUSTER").arg("KEYSLOT").arg(key), &mut connections[0]);
            run(&command, &mut connections[super::cluster::master_of(slot)]);
        }
    }
}

fn run(command: &Cmd, connection: &mut Connection) {
    command.exec(connection).expect("a command that was saved");
}

fn ask<T: FromRedisValue>(command: &Cmd, connection: &mut Connection) -> T {
    command.query(connection).expect("an answer")
}

/// All keys with their values, in the order of the keys.
fn all(connection: &mut Connection) -> Vec<u8> {
    let mut keys: Vec<Bytes> = ask(cmd("KEYS").arg("*"), connection);
    keys.sort_unstable();
    keys.iter()
        .flat_map(|key| commands_of(key, connection))
        .flat_map(|each| each.get_packed_command())
        .collect()
}

/// The commands that bring back one key.
fn commands_of(key: &[u8], connection: &mut Connection) -> Vec<Cmd> {
    let kind: String = ask(cmd("TYPE").arg(key), connection);
    let to = |command: &str| cmd(command).arg(key).take();
    match kind.as_str() {
        "string" => vec![to("SET").arg(ask::<Bytes>(cmd("GET").arg(key), connection)).take()],
        "hash" => vec![to("HSET").arg(ask::<Vec<Bytes>>(cmd("HGETALL").arg(key), connection)).take()],
        "list" => {
            vec![to("RPUSH").arg(ask::<Vec<Bytes>>(cmd("LRANGE").arg(key).arg(0).arg(-1), connection)).take()]
        }
        "zset" => {
            let every = cmd("ZRANGE").arg(key).arg(0).arg(-1).arg("WITHSCORES").take();
            let members: Vec<(Bytes, Bytes)> = ask(&every, connection);
            let mut add = to("ZADD");
            members.iter().for_each(|(member, score)| _ = add.arg(score).arg(member));
            vec![add]
        }
        "stream" => {
            let entries: Vec<(Bytes, Vec<Bytes>)> = ask(cmd("XRANGE").arg(key).arg("-").arg("+"), connection);
            entries.iter().map(|(name, fields)| to("XADD").arg(name).arg(fields).take()).collect()
        }
        other => panic!("a {other}, which the store does not use"),
    }
}

/// The commands as they were saved.
fn commands(mut saved: &[u8]) -> Vec<Cmd> {
    let mut commands = Vec::new();
    while !saved.is_empty() {
        // Only the first one: what the parser has read beyond that, it does not give back.
        let words: Vec<Bytes> =
            from_redis_value(parse_redis_value(saved).expect("a command")).expect("words");
        let command = Cmd::new().arg(words).take();
        saved = &saved[command.get_packed_command().len()..];
        commands.push(command);
    }
    commands
}
