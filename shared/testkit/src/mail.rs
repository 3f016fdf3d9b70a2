use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::eventually;

mod received;

pub use received::ReceivedMail;

/// How the mail server treats the next mails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Manner {
    /// Takes them.
    #[default]
    Takes,
    /// Answers this to a command (`EHLO`, `MAIL`, `RCPT`, `DATA`, `.` for the end of the mail).
    Says(&'static str, &'static str),
    /// Does not answer this command until it is told to behave otherwise. At `.` it has taken the mail.
    HangsAt(&'static str),
    /// Closes the connection at this command, without an answer. At `.` it has taken the mail.
    CutsAt(&'static str),
}

/// An SMTP server on loopback that keeps every mail, and misbehaves on demand. Without TLS.
#[derive(Debug)]
pub struct MailServer {
    address: std::net::SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    manner: watch::Sender<Manner>,
    taken: Mutex<Vec<ReceivedMail>>,
    commands: Mutex<Vec<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MailServer {
    /// One on a free port.
    ///
    /// # Panics
    /// When no port is free.
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

    /// From now on.
    pub fn behave(&self, manner: Manner) {
        self.state.manner.send_replace(manner);
    }

    /// Every mail that it has, in the order in which they came.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        lock(&self.state.taken).clone()
    }

    /// How often it was asked this (`EHLO` counts connections).
    pub fn asked(&self, command: &str) -> usize {
        let commands = lock(&self.state.commands);
        commands.iter().filter(|asked| *asked == command).count()
    }

    /// Waits until it has so many mails.
    ///
    /// # Panics
    /// When it has not after 20 seconds.
    pub async fn has(&self, count: usize) -> Vec<ReceivedMail> {
        eventually(&format!("{count} mails"), async || {
            let mails = self.mails();
            (mails.len() >= count).then_some(mails)
        })
        .await
    }

    /// Waits until it was asked this so often.
    ///
    /// # Panics
    /// When it was not after 20 seconds.
    pub async fn was_asked(&self, command: &str, times: usize) {
        eventually(&format!("{command} {times} times"), async || {
            (self.asked(command) >= times).then_some(())
        })
        .await;
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What becomes of a connection after a command.
enum Next {
    Goes,
    Refused,
    Ends,
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
            let answer = match command {
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
                "DATA" => "354 go on\r\n",
                "NOOP" => "250 ok\r\n",
                "QUIT" => "221 bye\r\n",
                _ => "502 unknown\r\n",
            };
            let (command, answer) = (command.to_owned(), answer.to_owned());
            match self.answer(&mut stream, &command, &answer, || {}).await? {
                Next::Goes => {}
                Next::Refused => continue,
                Next::Ends => return Ok(()),
            }
            if command == "DATA" {
                let Some(data) = read_mail(&mut stream).await? else {
                    return Ok(());
                };
                let mail = ReceivedMail::new(&from, &to, data);
                let keep = || lock(&self.taken).push(mail);
                if let Next::Ends = self.answer(&mut stream, ".", "250 taken\r\n", keep).await? {
                    return Ok(());
                }
            }
            if command == "QUIT" {
                return Ok(());
            }
        }
    }

    /// Answers in the manner of the moment; `keep` is done when the command is taken.
    async fn answer(
        &self,
        stream: &mut BufReader<TcpStream>,
        command: &str,
        answer: &str,
        keep: impl FnOnce(),
    ) -> std::io::Result<Next> {
        let mut told = self.manner.subscribe();
        let manner = told.borrow_and_update().clone();
        let asked = || lock(&self.commands).push(command.to_owned());
        match manner {
            Manner::Says(at, says) if at == command => {
                asked();
                stream.write_all(format!("{says}\r\n").as_bytes()).await?;
                return Ok(Next::Refused);
            }
            Manner::HangsAt(at) if at == command => {
                keep();
                asked();
                let _ = told.changed().await;
                stream.write_all(answer.as_bytes()).await?;
            }
            Manner::CutsAt(at) if at == command => {
                keep();
                asked();
                return Ok(Next::Ends);
            }
            _ => {
                keep();
                asked();
                stream.write_all(answer.as_bytes()).await?;
            }
        }
        Ok(Next::Goes)
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inner = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inner
        .map(|(address, _)| address)
        .unwrap_or_default()
        .to_owned()
}

/// The lines up to the dot, with doubled dots undone. None when the client goes away before.
async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let mut data = String::new();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if !line.ends_with("\r\n") {
            // As real servers do: a line break of one character is how mails are smuggled.
            return Err(std::io::Error::other("a bare line feed"));
        }
        if line == ".\r\n" {
            return Ok(Some(data));
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
