// Command image builds the container image without Docker: the program for each platform, an OCI layout with the index
// of them and a list of their modules (SBOM), and an archive for each platform that container engines load. It pushes
// the same to a registry if it is told one. What it writes follows from the sources and its flags alone.
//
// The Dockerfile makes the same image with Docker; a test holds the two together.
package main
