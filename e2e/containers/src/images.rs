//! The images of the shop: third-party images are pulled or left out, our own are built and their size is checked.

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use xtask::command::{output, run};
use xtask::terminal::{line, status};
use xtask::{Project, docker_answers};

use crate::stack::Stack;

/// Services without which the shop does not start.
const REQUIRED: [&str; 3] = ["postgres", "rabbitmq", "redis"];
/// The most that an image may have, compressed, in MiB.
const LIMIT_MIB: u64 = 25;

/// The part of `docker compose config` that the check uses.
#[derive(Deserialize)]
struct Model {
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    image: Option<String>,
}

impl Model {
    /// Services with a third-party image.
    fn third_party(&self) -> impl Iterator<Item = (&str, &str)> {
        let services = self.services.iter();
        services
            .filter_map(|(name, service)| Some((name.as_str(), service.image.as_deref()?)))
            .filter(|(_, image)| !image.starts_with("mercantile/"))
    }
}

/// Why the shop cannot run in containers here, if it cannot.
///
/// # Errors
/// `docker-compose.yml` is invalid, or an image does not exist. Both are wrong on every machine.
pub(crate) fn obstacle(project: &Project) -> Result<Option<String>> {
    if !docker_answers() {
        return Ok(Some("no Docker engine answers".to_owned()));
    }
    let mut compose = Command::new("docker");
    if output(compose.args(["compose", "version"])).is_err() {
        return Ok(Some("docker has no `compose`".to_owned()));
    }
    for image in required(project)? {
        if !is_available(&image)? {
            return Ok(Some(format!("{image} is not here and cannot be pulled")));
        }
    }
    Ok(None)
}

/// The images of the required servers, and the base images of the Dockerfile.
fn required(project: &Project) -> Result<Vec<String>> {
    let dockerfile = fs::read_to_string(project.root().join("deploy/docker/Dockerfile"))?;
    let mut config = Command::new("docker");
    config.current_dir(project.root()).args([
        "compose",
        "--env-file",
        "/dev/null",
        "config",
        "--format",
        "json",
    ]);
    let model: Model =
        serde_json::from_str(&output(&mut config)?).context("docker compose config")?;
    let servers = model
        .third_party()
        .filter(|(name, _)| REQUIRED.contains(name));
    let mut images: Vec<String> = servers.map(|(_, image)| image.to_owned()).collect();
    images.extend(bases(&dockerfile));
    Ok(images)
}

/// The base images of a Dockerfile. A stage that begins with another stage has none.
pub(crate) fn bases(dockerfile: &str) -> Vec<String> {
    let mut arguments = BTreeMap::new();
    let mut stages = Vec::new();
    let mut bases = Vec::new();
    for words in dockerfile
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
    {
        match words.as_slice() {
            ["ARG", argument] if stages.is_empty() => {
                arguments.extend(argument.split_once('='));
            }
            ["FROM", base, "AS", stage] => {
                let base = arguments
                    .iter()
                    .fold((*base).to_owned(), |base, (name, value)| {
                        base.replace(&format!("${{{name}}}"), value)
                    });
                if !stages.contains(&base) {
                    bases.push(base);
                }
                stages.push((*stage).to_owned());
            }
            _ => {}
        }
    }
    bases
}

/// Whether the image is here, or could be pulled.
fn is_available(image: &str) -> Result<bool> {
    let docker = |arguments: &[&str]| output(Command::new("docker").args(arguments));
    if docker(&["image", "inspect", image]).is_ok() {
        return Ok(true);
    }
    status("Pulling", image);
    match docker(&["pull", "--quiet", image]) {
        Ok(_) => Ok(true),
        Err(error) => {
            let message = format!("{error:#}");
            ensure!(
                !is_unknown(&message, image),
                "{image} does not exist: {message}"
            );
            Ok(false)
        }
    }
}

/// Whether the registry answered that it has no such image. The engine's two image stores report it differently. Errors
/// of a registry that cannot be reached do not count.
pub(crate) fn is_unknown(message: &str, image: &str) -> bool {
    message.contains("manifest unknown")
        || message.trim_end().ends_with(&format!("{image}: not found"))
}

/// Pulls the third-party images. Leaves out the services whose image is not available, and returns them with the image.
pub(crate) fn pull(stack: &mut Stack) -> Result<Vec<(String, String)>> {
    let text = output(stack.compose().args(["config", "--format", "json"]))?;
    let model: Model = serde_json::from_str(&text).context("docker compose config")?;
    let mut missing = Vec::new();
    for (name, image) in model.third_party() {
        if !is_available(image)? {
            missing.push((name.to_owned(), image.to_owned()));
        }
    }
    stack.left_out = missing.iter().map(|(name, _)| name.clone()).collect();
    Ok(missing)
}

/// Builds our own images.
pub(crate) fn build(stack: &Stack) -> Result<()> {
    status("Building", "the images (minutes the first time)");
    let mut build = stack.compose();
    build.arg("build");
    if std::io::stdout().is_terminal() {
        return run(&mut build);
    }
    // Outside a terminal the build prints thousands of lines; they are printed only when it fails.
    output(&mut build).map(drop)
}

/// Prints the compressed size of each of our images. A larger one than the limit is an error.
pub(crate) fn check_sizes(stack: &Stack) -> Result<()> {
    for process in topology::PROCESSES {
        let image = format!("mercantile/{}:{}", process.name, stack.version());
        let script = format!("docker save {image} | gzip | wc -c");
        let bytes = output(Command::new("bash").args(["-o", "pipefail", "-c", &script]))?;
        let bytes: u64 = bytes.trim().parse().context("wc")?;
        // Tenths of a MiB.
        let tenths = bytes * 10 / 1_048_576;
        line(format!(
            "{:>12} {image} {}.{} MiB compressed",
            "",
            tenths / 10,
            tenths % 10
        ));
        ensure!(
            tenths <= LIMIT_MIB * 10,
            "{image} is larger than {LIMIT_MIB} MiB"
        );
    }
    Ok(())
}
