use std::fs;
use std::path::Path;

use super::images::{OURS, bases};
use super::replicas::sum;
use super::*;

fn read(path: &str) -> Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
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
    for name in OURS {
        assert!(
            dockerfile.contains(&format!("FROM process AS {name}\n")),
            "{name}"
        );
        assert!(dockerfile.contains(&format!("--package {name}")), "{name}");
        assert!(compose.contains(&format!("target: {name} }}")), "{name}");
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

/// Every version that is run is the one that was tried.
#[test]
fn images_of_others_are_pinned() -> Result<()> {
    for line in read("docker-compose.yml")?.lines() {
        if let Some(image) = line.trim().strip_prefix("image: ") {
            assert!(image.contains(':') && !image.ends_with("latest"), "{image}");
        }
    }
    Ok(())
}

#[test]
fn stages_are_not_taken_for_images() {
    let dockerfile =
        "ARG V=1\nFROM rust:${V} AS one\nARG V=2\nFROM one AS two\nFROM base AS three\n";
    assert_eq!(bases(dockerfile), ["rust:1", "base"]);
}

#[test]
fn a_counter_is_summed_over_its_labels() {
    let metrics = "# TYPE calls counter\ncalls_total{a=\"1\"} 2 # {trace_id=\"x\"} 1\ncalls_total 3.5\nother 9\n";
    assert!((sum(metrics, "calls_total") - 5.5).abs() < f64::EPSILON);
}
