//! The images: those that others make, got or left out; ours, built and weighed.

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::stack::Stack;
use crate::command::{output, run};
use crate::project::Project;
use crate::servers::docker_answers;
use crate::terminal::{line, status};

/// What the Dockerfile makes for the shop.
pub(super) const OURS: [&str; 6] = ["gateway", "user", "catalog", "order", "payment", "sandbox"];
/// Without these there is no shop.
const NEEDED: [&str; 3] = ["postgres", "rabbitmq", "redis"];
/// MiB that an image may weigh when it travels.
const BUDGET: u64 = 25;

/// The part of `docker compose config` that is looked at.
#[derive(Deserialize)]
struct Model {
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    image: Option<String>,
}

impl Model {
    /// Services with an image that others make.
    fn foreign(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = self.services.iter();
        named
            .filter_map(|(name, service)| Some((name.as_str(), service.image.as_deref()?)))
            .filter(|(_, image)| !image.starts_with("mercantile/"))
    }
}

/// Why the shop cannot run in containers here, if it cannot.
///
/// # Errors
/// A docker-compose.yml that cannot be read, or an image that does not exist: that is no matter of where we are.
pub(super) fn obstacle(project: &Project) -> Result<Option<String>> {
    if !docker_answers() {
        return Ok(Some("no Docker engine answers".to_owned()));
    }
    let mut compose = Command::new("docker");
    if output(compose.args(["compose", "version"])).is_err() {
        return Ok(Some("docker has no `compose`".to_owned()));
    }
    for image in needed(project)? {
        if !is_to_be_had(&image)? {
            return Ok(Some(format!("{image} is not here and cannot be pulled")));
        }
    }
    Ok(None)
}

/// The engines' images, and those that the Dockerfile begins with.
fn needed(project: &Project) -> Result<Vec<String>> {
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
    let engines = model.foreign().filter(|(name, _)| NEEDED.contains(name));
    let mut images: Vec<String> = engines.map(|(_, image)| image.to_owned()).collect();
    images.extend(bases(&dockerfile));
    Ok(images)
}

/// What the stages of a Dockerfile begin with, other stages left out.
pub(super) fn bases(dockerfile: &str) -> Vec<String> {
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

fn is_to_be_had(image: &str) -> Result<bool> {
    let docker = |arguments: &[&str]| output(Command::new("docker").args(arguments));
    if docker(&["image", "inspect", image]).is_ok() {
        return Ok(true);
    }
    status("Pulling", image);
    match docker(&["pull", "--quiet", image]) {
        Ok(_) => Ok(true),
        Err(error) => {
            let said = format!("{error:#}");
            ensure!(!is_unknown(&said, image), "{image} does not exist: {said}");
            Ok(false)
        }
    }
}

/// Whether the registry answered that it has no such image, in the words of either of the engine's stores. A registry
/// that cannot be reached says nothing.
pub(super) fn is_unknown(said: &str, image: &str) -> bool {
    said.contains("manifest unknown") || said.trim_end().ends_with(&format!("{image}: not found"))
}

/// Gets the images of the shop that others make, and leaves out the services whose image is not to be had.
pub(super) fn get(stack: &mut Stack) -> Result<Vec<(String, String)>> {
    let text = output(stack.compose().args(["config", "--format", "json"]))?;
    let model: Model = serde_json::from_str(&text).context("docker compose config")?;
    let mut missing = Vec::new();
    for (name, image) in model.foreign() {
        if !is_to_be_had(image)? {
            missing.push((name.to_owned(), image.to_owned()));
        }
    }
    stack.left_out = missing.iter().map(|(name, _)| name.clone()).collect();
    Ok(missing)
}

/// Builds ours.
pub(super) fn build(stack: &Stack) -> Result<()> {
    status("Building", "the images (minutes the first time)");
    let mut build = stack.compose();
    build.arg("build");
    if std::io::stdout().is_terminal() {
        return run(&mut build);
    }
    // Nobody watches: thousands of lines only when it fails.
    output(&mut build).map(drop)
}

/// What an image weighs when it travels; over the budget is an error.
pub(super) fn weigh(stack: &Stack) -> Result<()> {
    for name in OURS {
        let image = format!("mercantile/{name}:{}", stack.version());
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
            tenths <= BUDGET * 10,
            "{image} is heavier than {BUDGET} MiB"
        );
    }
    Ok(())
}
