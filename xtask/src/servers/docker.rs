//! The three servers as containers, published on free loopback ports.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::{Access, Data, Requirements, certificate, definitions, rabbitmq, redis};
use crate::project::write_private;
use crate::terminal::status;

const SERVERS: [&str; 3] = ["postgres", "rabbitmq", "redis"];
const POSTGRES: &str = "postgres:17";
const RABBITMQ: &str = "rabbitmq:4-management";
const REDIS: &str = "redis:8";

/// Where the containers of tests have the certificate for TLS.
const CERTIFICATE_FOLDER: &str = "/etc/mercantile";
/// Where RabbitMQ has what it imports at its start.
const DEFINITIONS_FOLDER: &str = "/etc/rabbitmq/definitions";
const AMQPS_PORT: u16 = 5671;
const REDISS_PORT: u16 = 6380;

/// Time-out for a response of the engine.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Whether a Docker engine responds.
pub fn answers() -> bool {
    let mut version = Command::new("docker");
    version.args(["version", "--format", "{{.Server.Version}}"]);
    run_within(&mut version, TIMEOUT).is_ok()
}

/// An error if no engine responds, or an image is missing and cannot be pulled.
pub(super) fn ready() -> Result<()> {
    ensure!(answers(), "no Docker engine responds");
    for image in [POSTGRES, RABBITMQ, REDIS] {
        if docker(&["image", "inspect", image]).is_err() {
            status("Pulling", image);
            docker(&["pull", "--quiet", image]).with_context(|| format!("cannot pull {image}"))?;
        }
    }
    Ok(())
}

/// Starts the containers. They may not respond yet.
pub(super) fn start(requirements: Requirements<'_>, access: &Access) -> Result<()> {
    remove(requirements.home, Duration::ZERO)?;
    if access.are_new {
        // Volumes of a deleted checkout at the same path, whose passwords are lost.
        remove_volumes(requirements.home)?;
    }
    for (server, inner, arguments, environment) in containers(requirements, access)? {
        // A private file has the passwords: every user of the machine can read arguments.
        let file = requirements.home.join(format!("{server}.env"));
        let mut text = String::new();
        for (key, value) in environment {
            writeln!(text, "{key}={value}")?;
        }
        write_private(&file, &text)?;
        let container = name(requirements.home, server);
        let volume = format!("{container}:{}", inner.data);
        let mut command = Command::new("docker");
        command.args([
            "run",
            "--detach",
            "--rm",
            "--name",
            &container,
            "--label",
            "mercantile",
            "--env-file",
        ]);
        command
            .arg(&file)
            .args(["--hostname", server, "--volume", &volume]);
        for (outside, inside) in inner.files {
            let bind = format!(
                "type=bind,source={},target={inside},readonly",
                outside.display()
            );
            command.args(["--mount", &bind]);
        }
        for (outside, inside) in inner.ports {
            command.args(["--publish", &format!("127.0.0.1:{outside}:{inside}")]);
        }
        run(command.arg(inner.image).args(arguments))?;
    }
    Ok(())
}

struct Container {
    image: &'static str,
    data: &'static str,
    files: Vec<(PathBuf, String)>,
    ports: Vec<(u16, u16)>,
}

/// Name, container, arguments, environment.
type Described = (
    &'static str,
    Container,
    Vec<String>,
    Vec<(&'static str, String)>,
);

fn containers(requirements: Requirements<'_>, access: &Access) -> Result<[Described; 3]> {
    let mut flags = ["postgres", "-c", "max_connections=400"]
        .map(str::to_owned)
        .to_vec();
    let mut files = Vec::new();
    if requirements.data == Data::Temporary {
        let fast = [
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
        ];
        flags.extend(fast.map(str::to_owned));
        // Tests open thousands of connections, and SCRAM costs about 50 ms of CPU time for each.
        let inside = "/etc/mercantile_hba.conf";
        let outside = requirements.home.join("hba.conf");
        fs::write(&outside, "local all all trust\nhost all all all password\n")?;
        // PostgreSQL runs as another user in the container.
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o644))?;
        flags.extend(["-c".to_owned(), format!("hba_file={inside}")]);
        files.push((outside, inside.to_owned()));
    }
    let mut rabbitmq_files = definition_files(requirements.home, access)?;
    let mut redis_files = Vec::new();
    let mut redis_settings = String::new();
    if certificate::is_used(requirements.data) {
        let folder = Path::new(CERTIFICATE_FOLDER);
        let mounted = certificate_files(requirements.home)?;
        files.extend(mounted.clone());
        flags = postgres_with_tls(&flags);
        let outside = requirements.home.join("rabbitmq-tls.conf");
        fs::write(&outside, rabbitmq::tls(&AMQPS_PORT.to_string(), folder))?;
        rabbitmq_files.extend(mounted.clone());
        rabbitmq_files.push((outside, "/etc/rabbitmq/conf.d/20-tls.conf".to_owned()));
        redis_files = mounted;
        redis_settings = redis::tls(REDISS_PORT, folder);
    }
    let postgres = Container {
        image: POSTGRES,
        data: "/var/lib/postgresql/data",
        files,
        ports: vec![(access.postgres_port, 5432)],
    };
    let rabbitmq = Container {
        image: RABBITMQ,
        data: "/var/lib/rabbitmq",
        files: rabbitmq_files,
        ports: vec![
            (access.amqp_port, 5672),
            (access.amqps_port, AMQPS_PORT),
            (access.api_port, 15672),
        ],
    };
    let redis = Container {
        image: REDIS,
        data: "/data",
        files: redis_files,
        ports: vec![(access.redis_port, 6379), (access.rediss_port, REDISS_PORT)],
    };
    // Redis takes its settings from arguments or from a file; only a file is private.
    let serve = r#"printf 'save ""\nappendonly no\nrequirepass %s\n%s' "$REDIS_PASSWORD" "$1" > /tmp/redis.conf
exec redis-server /tmp/redis.conf"#;
    let redis_arguments = ["sh", "-c", serve, "sh", &redis_settings]
        .map(str::to_owned)
        .to_vec();
    Ok([
        (
            "postgres",
            postgres,
            flags,
            vec![("POSTGRES_PASSWORD", access.postgres_password.clone())],
        ),
        ("rabbitmq", rabbitmq, Vec::new(), Vec::new()),
        (
            "redis",
            redis,
            redis_arguments,
            vec![("REDIS_PASSWORD", access.redis_password.clone())],
        ),
    ])
}

/// What RabbitMQ imports at its start, and where it is mounted.
fn definition_files(home: &Path, access: &Access) -> Result<Vec<(PathBuf, String)>> {
    let mut mounted = Vec::new();
    for file in definitions::write(home, access)? {
        // RabbitMQ runs as another user in the container. The folder of the run keeps others out.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let inside = format!("{DEFINITIONS_FOLDER}/{name}");
        mounted.push((file, inside));
    }
    let settings = home.join("rabbitmq-definitions.conf");
    fs::write(
        &settings,
        format!("load_definitions = {DEFINITIONS_FOLDER}\n"),
    )?;
    mounted.push((
        settings,
        "/etc/rabbitmq/conf.d/30-definitions.conf".to_owned(),
    ));
    Ok(mounted)
}

/// Certificate and private key, and where they are mounted.
fn certificate_files(home: &Path) -> Result<Vec<(PathBuf, String)>> {
    certificate::write(home)?;
    // The servers run as other users in their containers. The key is that of tests, and public.
    let private_key = home.join(certificate::PRIVATE_KEY);
    fs::set_permissions(&private_key, fs::Permissions::from_mode(0o644))?;
    let mounted = [certificate::CERTIFICATE, certificate::PRIVATE_KEY]
        .map(|name| (home.join(name), format!("{CERTIFICATE_FOLDER}/{name}")));
    Ok(mounted.to_vec())
}

/// The command of PostgreSQL, which accepts only a private key that no other user can read.
fn postgres_with_tls(flags: &[String]) -> Vec<String> {
    let copy = format!(
        "install -o postgres -m 600 {CERTIFICATE_FOLDER}/{key} /tmp/{key} && exec docker-entrypoint.sh \"$@\"",
        key = certificate::PRIVATE_KEY
    );
    let mut command = ["sh", "-c", &copy, "sh"].map(str::to_owned).to_vec();
    command.extend_from_slice(flags);
    command.extend([
        "-c".to_owned(),
        "ssl=on".to_owned(),
        "-c".to_owned(),
        format!(
            "ssl_cert_file={CERTIFICATE_FOLDER}/{}",
            certificate::CERTIFICATE
        ),
        "-c".to_owned(),
        format!("ssl_key_file=/tmp/{}", certificate::PRIVATE_KEY),
    ]);
    command
}

/// Name of the container and its volume, unique for each checkout, purpose and server.
pub fn name(home: &Path, server: &str) -> String {
    // FNV-1a: the name must be the same in every run, which std's hashers do not guarantee.
    let hash = home
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("mercantile-{hash:016x}-{server}")
}

/// Stops and removes the containers of the run in `home`. They get `timeout` to write their data.
pub(crate) fn remove(home: &Path, timeout: Duration) -> Result<()> {
    for container in SERVERS.map(|server| name(home, server)) {
        let container = container.as_str();
        if docker(&["container", "inspect", container]).is_err() {
            continue;
        }
        if !timeout.is_zero() {
            let _removed_below = docker(&[
                "stop",
                "--timeout",
                &timeout.as_secs().to_string(),
                container,
            ]);
        }
        let _has_ended = docker(&["rm", "--force", "--volumes", container]);
        let removed = || docker(&["container", "inspect", container]).is_err();
        crate::process::wait_until(
            &format!("the end of {container}"),
            TIMEOUT,
            || Ok(()),
            removed,
        )?;
    }
    Ok(())
}

/// Removes the volumes of the run in `home`.
pub(crate) fn remove_volumes(home: &Path) -> Result<()> {
    for server in SERVERS {
        docker(&["volume", "rm", "--force", &name(home, server)])?;
    }
    Ok(())
}

fn docker(arguments: &[&str]) -> Result<()> {
    run(Command::new("docker").args(arguments))
}

fn run(command: &mut Command) -> Result<()> {
    // In its own process group: Ctrl-C must not interrupt the cleanup.
    let output = command
        .process_group(0)
        .stdin(Stdio::null())
        .output()
        .context("cannot run docker")?;
    ensure!(
        output.status.success(),
        "docker: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

fn run_within(command: &mut Command, timeout: Duration) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let deadline = Instant::now() + timeout;
    loop {
        if let Some(status) = child.try_wait()? {
            ensure!(status.success(), "docker ended with {status}");
            return Ok(());
        }
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            bail!("docker does not respond");
        }
        thread::sleep(Duration::from_millis(10));
    }
}
