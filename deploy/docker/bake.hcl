# The images of a release, all from one build:
#
#   docker buildx bake --file deploy/docker/bake.hcl --print      what would be built
#
# .github/workflows/images.yml runs it once per architecture. It pushes each image by digest, without a tag.

variable "REGISTRY" { default = "mercantile" }
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "unknown" }
variable "CREATED" { default = "1970-01-01T00:00:00Z" }
variable "SOURCE" { default = "" }

group "default" {
  targets = ["image"]
}

target "image" {
  name       = process
  matrix     = { process = ["gateway", "user", "catalog", "order", "payment", "sandbox", "loadtests"] }
  target     = process
  context    = "."
  dockerfile = "deploy/docker/Dockerfile"
  # The bases of the Dockerfile, by digest: the same sources make the same image.
  contexts = {
    "rust:1.95-bookworm"                    = "docker-image://rust:1.95-bookworm@sha256:6258907abe69656e41cd992e0b705cdcfabcbbe3db374f92ed2d47121282d4a1"
    "gcr.io/distroless/cc-debian12:nonroot" = "docker-image://gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f"
  }
  args = {
    VERSION  = VERSION
    REVISION = REVISION
    CREATED  = CREATED
    SOURCE   = SOURCE
  }
  attest = ["type=provenance,mode=max", "type=sbom"]
  tags   = ["${REGISTRY}/${process}"]
  output = ["type=image,push=true,push-by-digest=true,name-canonical=true"]
}
