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
