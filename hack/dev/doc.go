// Command dev runs Tokenwright on this machine, with a real control plane and without containers.
//
//	go run ./hack/dev         make dev: stays up until interrupted
//	go run ./hack/dev demo    make demo: shows one client's whole life, then ends
//
// `make dev` writes kubeconfig, issuer-url and, when everything is ready, the file ready into DEV_DIR, and
// removes them when it ends. The environment may set:
//
//	DEV_DIR          the folder for these files and for logs/ (default .dev)
//	DEV_ISSUER_ADDR  host:port that the issuer listens on (default 127.0.0.1:8089)
//	DEV_SAMPLES      none: no samples, only a TokenIssuer "default" that is open to every client
package main
