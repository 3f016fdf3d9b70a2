use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::eventually;

mod received;

pub use received::ReceivedMail;

/// How the mail server handles mails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Behavior {
    /// Accepts them.
    #[default]
    Accept,
    /// Sends this reply to a command (`EHLO`, `MAIL`, `RCPT`, `DATA`, or `.` for the end of the mail).
    Reply(&'static str, &'static str),
    /// Does not reply to this command until the behavior changes. At `.` it stores the mail first.
    HangAt(&'static str),
    /// Closes the connection at this command without a reply. At `.` it stores the mail first.
    DisconnectAt(&'static str),
}

/// An SMTP server on loopback that stores every mail and fails on demand. Without TLS.
#[derive(Debug)]
pub struct MailServer {
    address: std::net::SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    behavior: watch::Sender<Behavior>,
    mails: Mutex<Vec<ReceivedMail>>,
    commands: Mutex<Vec<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MailServer {
    /// Starts a server on a free port.
    ///
    /// # Panics
    /// No port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    let _ = state.serve(stream).await;
                });
            }
        });
        Self {
            address,
            state,
            task,
        }
    }

    /// `smtp://host:port`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Changes the behavior, also of open connections.
    pub fn set_behavior(&self, behavior: Behavior) {
        self.state.behavior.send_replace(behavior);
    }

    /// All mails in the order of their arrival.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        lock(&self.state.mails).clone()
    }

    /// How often it received this command. `EHLO` counts connections.
    pub fn command_count(&self, command: &str) -> usize {
        let commands = lock(&self.state.commands);
        commands
            .iter()
            .filter(|received| *received == command)
            .count()
    }

    /// Waits until it has at least `count` mails.
    ///
    /// # Panics
    /// It has fewer after 20 s.
    pub async fn wait_for_mails(&self, count: usize) -> Vec<ReceivedMail> {
        eventually(&format!("{count} mails"), async || {
            let mails = self.mails();
            (mails.len() >= count).then_some(mails)
        })
        .await
    }

    /// Waits until it has received this command at least `times` times.
    ///
    /// # Panics
    /// It has received it less often after 20 s.
    pub async fn wait_for_command(&self, command: &str, times: usize) {
        eventually(&format!("{command} {times} times"), async || {
            (self.command_count(command) >= times).then_some(())
        })
        .await;
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How a connection continues after a command.
enum Next {
    Continue,
    Rejected,
    Close,
}

impl State {
    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 mail.test ESMTP\r\n").await?;
        let (mut from, mut to) = (String::new(), Vec::new());
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let command = line.split([' ', '\r']).next().unwrap_or_default();
            let reply = match command {
                "EHLO" => "250-mail.test\r\n250 8BITMIME\r\n",
                "MAIL" => {
                    from = address(&line);
                    to.clear();
                    "250 sender ok\r\n"
                }
                "RCPT" => {
                    to.push(address(&line));
                    "250 recipient ok\r\n"
                }
                "DATA" => "354 send the mail\r\n",
                "NOOP" => "250 ok\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "502 unknown\r\n",
            };
            let (command, reply) = (command.to_owned(), reply.to_owned());
            match self.reply(&mut stream, &command, &reply, || {}).await? {
                Next::Continue => {}
                Next::Rejected => continue,
                Next::Close => return Ok(()),
            }
            if command == "DATA" {
                let Some(data) = read_mail(&mut stream).await? else {
                    return Ok(());
                };
                let mail = ReceivedMail::new(&from, &to, data);
                let store = || lock(&self.mails).push(mail);
                if let Next::Close = self
                    .reply(&mut stream, ".", "250 accepted\r\n", store)
                    .await?
                {
                    return Ok(());
                }
            }
            if command == "QUIT" {
                return Ok(());
            }
        }
    }

    /// Replies according to the behavior; calls `store` if the command is accepted.
    async fn reply(
        &self,
        stream: &mut BufReader<TcpStream>,
        command: &str,
        reply: &str,
        store: impl FnOnce(),
    ) -> std::io::Result<Next> {
        let mut behavior = self.behavior.subscribe();
        let current = behavior.borrow_and_update().clone();
        let count = || lock(&self.commands).push(command.to_owned());
        match current {
            Behavior::Reply(at, other) if at == command => {
                count();
                stream.write_all(format!("{other}\r\n").as_bytes()).await?;
                return Ok(Next::Rejected);
            }
            Behavior::HangAt(at) if at == command => {
                store();
                count();
                let _ = behavior.changed().await;
                stream.write_all(reply.as_bytes()).await?;
            }
            Behavior::DisconnectAt(at) if at == command => {
                store();
                count();
                return Ok(Next::Close);
            }
            _ => {
                store();
                count();
                stream.write_all(reply.as_bytes()).await?;
            }
        }
        Ok(Next::Continue)
    }
}

/// The text between the angle brackets.
fn address(line: &str) -> String {
    let inner = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner
        .map(|(address, _)| address)
        .unwrap_or_default()
        .to_owned()
}

/// The lines up to the dot, with doubled dots undone. `None` if the client disconnects before.
async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut data = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if !line.ends_with("\r\n") {
            // Rejected by real servers too, because it allows SMTP smuggling.
            return Err(std::io::Error::other("a bare line feed"));
        }
        if line == ".\r\n" {
            return Ok(Some(data));
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
