package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
)

func main() {
	var o options
	flag.StringVar(&o.version, "version", "dev", "version of the program, as git describes it")
	flag.StringVar(&o.everywhere, "default", "", "file with config/default, rendered")
	flag.StringVar(&o.somewhere, "namespaced", "", "file with config/namespaced, rendered for the namespace "+watched)
	flag.StringVar(&o.observed, "observed", "", "file with config/default and the components for metrics, rendered")
	flag.StringVar(&o.out, "out", "", "folder that receives the chart as a folder and as an archive")
	flag.Parse()
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct{ version, everywhere, somewhere, observed, out string }

func (o options) run() error {
	everywhere, err := readObjects(o.everywhere)
	if err != nil {
		return err
	}
	somewhere, err := readObjects(o.somewhere)
	if err != nil {
		return err
	}
	templates, err := templates(everywhere, somewhere)
	if err != nil {
		return err
	}
	observed, err := readObjects(o.observed)
	if err != nil {
		return err
	}
	optional, err := optionals(everywhere, observed)
	if err != nil {
		return err
	}
	rest, err := surroundings(everywhere, o.version)
	if err != nil {
		return err
	}
	return write(o.out, chartVersion(o.version), slices.Concat(templates, optional, rest))
}
