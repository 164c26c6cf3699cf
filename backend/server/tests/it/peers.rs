//! Real CalDAV servers, somebody else's program that writes straight to them, and a wire between them and us that can be
//! cut. `scripts/*.sh` start the servers, and install them where they are missing.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{LazyLock, Mutex},
};

use md5::Digest as _;
use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A server for all stories; it ends with this process, however that ends.
pub struct Peer {
    pub url: String,
    address: SocketAddr,
    digest: bool,
    file: PathBuf,
    people: Mutex<Vec<String>>,
    _dir: tempfile::TempDir,
    _input: ChildStdin,
    _child: Child,
}

pub static RADICALE: LazyLock<Peer> = LazyLock::new(|| Peer::start("radicale.sh", false));
pub static SABRE: LazyLock<Peer> = LazyLock::new(|| Peer::start("sabre.sh", true));
pub static DAVICAL: LazyLock<Peer> = LazyLock::new(|| Peer::start("davical.sh", false));

impl Peer {
    fn start(script: &str, digest: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("users");
        std::fs::write(&file, "nobody:nothing\n").unwrap();
        let mut child = Command::new(format!("{}/../../scripts/{script}", env!("CARGO_MANIFEST_DIR")))
            .args(["--until-eof", "--users"])
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|problem| panic!("scripts/{script}: {problem}"));
        let input = child.stdin.take().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let url = url.trim().to_owned();
        let address = url
            .strip_prefix("http://")
            .and_then(|rest| rest.trim_end_matches('/').parse().ok());
        Self {
            address: address.unwrap_or_else(|| panic!("scripts/{script} did not start; above it says what to install")),
            url,
            digest,
            file,
            people: Mutex::default(),
            _dir: dir,
            _input: input,
            _child: child,
        }
    }

    /// The account exists from now on, with this password. Replaces the file as a whole: the server reads it at every
    /// sign-in, also at one of another story.
    pub fn give_password(&self, name: &str, password: &str) {
        let mut people = self.people.lock().unwrap();
        people.retain(|one| !one.starts_with(name));
        people.push(format!("{name}:{password}\n"));
        let new = self.file.with_extension("new");
        std::fs::write(&new, people.concat()).unwrap();
        std::fs::rename(&new, &self.file).unwrap();
    }

    /// An account of its own for each story, with its password.
    pub fn account(&self) -> (String, String) {
        let name = format!("u{}", uuid::Uuid::now_v7().simple());
        let password = "secret-enough".to_owned();
        self.give_password(&name, &password);
        (name, password)
    }
}

/// Somebody else's program.
pub struct Stranger {
    pub peer: &'static Peer,
    pub name: String,
    pub password: String,
    pub http: reqwest::Client,
}

impl Stranger {
    pub async fn ask(&self, method: &str, path: &str, depth: &str, body: &str) -> (StatusCode, String) {
        let request = |authorization: Option<String>| {
            let url = format!("http://{}{path}", self.peer.address);
            let request = self
                .http
                .request(Method::from_bytes(method.as_bytes()).unwrap(), url)
                .header("depth", depth)
                .header(
                    "content-type",
                    if method == "PUT" {
                        "text/calendar; charset=utf-8"
                    } else {
                        "text/xml"
                    },
                )
                .body(body.to_owned());
            match authorization {
                Some(text) => request.header("authorization", text),
                None if self.peer.digest => request,
                None => request.basic_auth(&self.name, Some(&self.password)),
            }
        };
        let mut answer = request(None).send().await.unwrap();
        if self.peer.digest {
            let challenge = answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
            answer = request(Some(self.digest(&challenge, method, path)))
                .send()
                .await
                .unwrap();
        }
        (answer.status(), answer.text().await.unwrap())
    }

    /// The answer to a challenge (RFC 2617, MD5 with qop=auth), written from the RFC.
    fn digest(&self, challenge: &str, method: &str, uri: &str) -> String {
        let field = |name: &str| {
            let from = challenge.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
            challenge[from..].split('"').next().unwrap()
        };
        let hash = |text: String| hex::encode(md5::Md5::digest(text));
        let (realm, nonce, opaque) = (field("realm"), field("nonce"), field("opaque"));
        let secret = hash(format!("{}:{realm}:{}", self.name, self.password));
        let request = hash(format!("{method}:{uri}"));
        let response = hash(format!("{secret}:{nonce}:00000001:c:auth:{request}"));
        format!(
            r#"Digest username="{}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", opaque="{opaque}", qop=auth, nc=00000001, cnonce="c""#,
            self.name
        )
    }
}

/// How a wire is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Whole,
    /// Nothing passes.
    Cut,
    /// What is stored arrives; that it did is not heard.
    Deaf,
    /// The same, and then nothing passes.
    Breaks,
}

/// Between a server and us. It ends with the story.
pub struct Wire {
    pub url: String,
    tell: watch::Sender<Mode>,
}

impl Wire {
    pub async fn to(peer: &'static Peer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let tell = watch::Sender::new(Mode::Whole);
        let mode = tell.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, peer.address, mode.clone()));
            }
        });
        Self { url, tell }
    }

    pub fn be(&self, mode: Mode) {
        self.tell.send_replace(mode);
    }
}

/// Both ways, until one side ends or the wire is cut.
async fn carry(mut near: TcpStream, address: SocketAddr, wire: watch::Sender<Mode>) -> Option<()> {
    let mut mode = wire.subscribe();
    if *mode.borrow_and_update() == Mode::Cut {
        return None;
    }
    let mut far = TcpStream::connect(address).await.ok()?;
    let (mut up, mut down, mut storing) = ([0; 8192], [0; 8192], false);
    loop {
        tokio::select! {
            read = near.read(&mut up) => {
                let many = read.ok().filter(|many| *many > 0)?;
                if up.starts_with(b"PUT ") || up.starts_with(b"DELETE ") {
                    storing = true;
                } else if up[..many].windows(8).any(|part| part == b"HTTP/1.1") {
                    storing = false;
                }
                far.write_all(&up[..many]).await.ok()?;
            }
            read = far.read(&mut down) => {
                let many = read.ok().filter(|many| *many > 0)?;
                let now = *mode.borrow();
                if storing && matches!(now, Mode::Deaf | Mode::Breaks) && down.starts_with(b"HTTP/1.1 20") {
                    if now == Mode::Breaks {
                        wire.send_replace(Mode::Cut);
                    }
                    return None;
                }
                near.write_all(&down[..many]).await.ok()?;
            }
            changed = mode.changed() => {
                changed.ok()?;
                if *mode.borrow_and_update() == Mode::Cut {
                    return None;
                }
            }
        }
    }
}
