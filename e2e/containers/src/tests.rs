use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::images::{bases, is_unknown};
use crate::replicas::sum;

fn read(path: &str) -> Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).with_context(|| path.to_owned())
}

#[test]
fn images_are_built_with_the_rust_that_the_workspace_asks_for() -> Result<()> {
    let manifest = read("Cargo.toml")?;
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .context("no rust-version")?
        .trim_matches('"');
    let bases = bases(&read("deploy/docker/Dockerfile")?);
    let rust = format!("rust:{version}-bookworm");
    assert_eq!(bases, [&rust, "gcr.io/distroless/cc-debian12:nonroot"]);
    Ok(())
}

#[test]
fn every_process_has_an_image_and_a_service() -> Result<()> {
    let dockerfile = read("deploy/docker/Dockerfile")?;
    let compose = read("docker-compose.yml")?;
    let bake = read("deploy/docker/bake.hcl")?;
    let released = read("docker-compose.released.yml")?;
    for name in topology::PROCESSES.map(|process| process.name) {
        assert!(
            dockerfile.contains(&format!("FROM process AS {name}\n")),
            "{name}"
        );
        assert!(dockerfile.contains(&format!("--package {name}")), "{name}");
        assert!(compose.contains(&format!("target: {name} }}")), "{name}");
        assert!(bake.contains(&format!("\"{name}\"")), "{name}");
        assert!(released.contains(&format!("/{name}:")), "{name}");
    }
    Ok(())
}

#[test]
fn images_need_no_frontend_from_a_registry_and_name_no_architecture() -> Result<()> {
    let dockerfile = read("deploy/docker/Dockerfile")?;
    let instructions = dockerfile
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    for line in instructions {
        for word in [
            "amd64",
            "x86_64",
            "arm64",
            "aarch64",
            "--platform",
            "curl",
            "wget",
        ] {
            assert!(!line.contains(word), "{line}");
        }
    }
    assert!(!dockerfile.lines().any(|line| line.starts_with("# syntax=")));
    Ok(())
}

/// The images of a compose file that are not ours.
fn third_party(compose: &str) -> impl Iterator<Item = &str> {
    let images = compose
        .lines()
        .filter_map(|line| line.trim().strip_prefix("image: "));
    let names = images.map(|image| match image.split_once(":-") {
        // ${PROMETHEUS_IMAGE:-prom/prometheus:v3}
        Some((variable, default)) if variable.ends_with("_IMAGE") => default.trim_end_matches('}'),
        _ => image,
    });
    names.filter(|image| !image.contains("MERCANTILE_"))
}

/// A new version of an image is tested before it is used, and a release has digests.
#[test]
fn third_party_images_are_pinned() -> Result<()> {
    let compose = read("docker-compose.yml")?;
    let released = read("docker-compose.released.yml")?;
    let released: Vec<&str> = third_party(&released).collect();
    assert!(third_party(&compose).count() >= 8);
    for image in third_party(&compose) {
        assert!(image.contains(':') && !image.ends_with("latest"), "{image}");
        let pinned = format!("{image}@sha256:");
        let pinned = released.iter().find(|image| image.starts_with(&pinned));
        let pinned = pinned.with_context(|| format!("docker-compose.released.yml: {image}"))?;
        assert_eq!(pinned.len(), image.len() + "@sha256:".len() + 64);
    }
    Ok(())
}

#[test]
fn a_release_is_built_on_bases_with_a_digest() -> Result<()> {
    let bake = read("deploy/docker/bake.hcl")?;
    for base in bases(&read("deploy/docker/Dockerfile")?) {
        let mut lines = bake.lines().map(str::trim);
        let name = format!("\"{base}\"");
        let line = lines.find(|line| line.starts_with(&name));
        let line = line.with_context(|| format!("bake.hcl: {base}"))?;
        let pinned = format!("\"docker-image://{base}@sha256:");
        assert!(line.contains(&pinned), "{line}");
    }
    Ok(())
}

#[test]
fn stages_are_not_base_images() {
    let dockerfile =
        "ARG V=1\nFROM rust:${V} AS one\nARG V=2\nFROM one AS two\nFROM base AS three\n";
    assert_eq!(bases(dockerfile), ["rust:1", "base"]);
}

#[test]
fn a_counter_is_summed_over_its_labels() {
    let metrics = "# TYPE calls counter\ncalls_total{a=\"1\"} 2 # {trace_id=\"x\"} 1\ncalls_total 3.5\nother 9\n";
    assert!((sum(metrics, "calls_total") - 5.5).abs() < f64::EPSILON);
}

/// cargo compares times, so `freshen` gives a source a newer time whenever its content has changed since the last build.
#[test]
fn a_source_is_newer_after_its_content_changes() -> Result<()> {
    let freshen = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/docker/freshen");
    let folder = std::env::temp_dir().join(format!("mercantile-freshen-{}", std::process::id()));
    fs::create_dir_all(folder.join("src"))?;
    let source = folder.join("src/main.rs");
    let build = |text: &str, command: &str| -> Result<(SystemTime, bool)> {
        fs::write(&source, text)?;
        let mut build = Command::new("sh");
        let build = build.arg(&freshen).arg(command).current_dir(&folder);
        let succeeded = build.status()?.success();
        Ok((fs::metadata(&source)?.modified()?, succeeded))
    };
    let (first, _) = build("one", "true")?;
    let (second, _) = build("two", "true")?;
    assert!(second > first);
    assert_eq!(build("two", "true")?, (second, true));
    let (third, _) = build("one", "true")?;
    assert!(third > second, "content of an earlier build is a change");
    let (failed, succeeded) = build("three", "false")?;
    assert!(!succeeded && failed > third);
    assert!(
        build("three", "true")?.0 > failed,
        "a failed build leaves some of it out of date"
    );
    fs::remove_dir_all(folder)?;
    Ok(())
}

/// A wrong tag fails the check; a machine without access to the registry skips it.
#[test]
fn a_missing_image_is_not_an_unreachable_registry() {
    let image = "axllent/mailpit:v0";
    for message in [
        "Error response from daemon: manifest for axllent/mailpit:v0 not found: manifest unknown: manifest unknown",
        "failed to resolve reference \"docker.io/axllent/mailpit:v0\": docker.io/axllent/mailpit:v0: not found\n",
    ] {
        assert!(is_unknown(message, image), "{message}");
    }
    for message in [
        "dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host",
        "lookup registry-1.docker.io: not found",
        "Get \"https://registry-1.docker.io/v2/\": net/http: request canceled while waiting for connection",
    ] {
        assert!(!is_unknown(message, image), "{message}");
    }
}
