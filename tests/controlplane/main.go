// Command controlplane builds and runs a real Kubernetes control plane for tests, the demo and the
// benchmark: kube-apiserver with etcd, and kube-controller-manager where it is asked for. Nothing else
// of a cluster is there, no node and no pods.
//
// go.mod and go.sum beside this file pin the programs. They are built once into a cache outside the
// checkout; this program itself uses the standard library alone and builds in a second.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

const usage = `usage:
  controlplane build PROGRAM...     build the named programs into the cache, unless they are there
  controlplane path PROGRAM         print where a program is
  controlplane run DIR [flags]      run a control plane until SIGINT, SIGTERM or, with
                                    --until-stdin-closes, until standard input closes
  controlplane start DIR [flags]    the same in the background; returns when it is ready
  controlplane stop DIR             stop what 'start' started and remove DIR
  controlplane second DIR URL       run a second kube-apiserver for the control plane in DIR, with etcd at URL, until
                                    standard input closes; prints SERVER=HOST:PORT

With --until-stdin-closes, lines of standard input are orders, answered by DONE and the line:
  keep                              stop everything, keep a copy of etcd's data, and go on
  restore N                         stop everything, put that copy in the data's place, and go on; with N > 0 etcd's
                                    revision is raised by N first, and what was before is compacted away

run and start print KUBECONFIG=DIR/kubeconfig once the API server is ready. The folder DIR holds all of
the cluster's state and logs, and is removed at the end. No file outside it is written.

flags of run and start:
  --controllers            also run kube-controller-manager with the namespace and garbage collector
                           controllers; without it deleted namespaces stay Terminating
  --fsync                  let etcd sync to disk, as a real cluster does (for measurements)

programs: etcd kube-apiserver kube-controller-manager kubectl helm
`

// The main goroutine keeps the main thread: children ask the kernel to be killed when the thread that
// started them ends (see child_linux.go), and this thread ends only with the process.
func init() { runtime.LockOSThread() }

func main() {
	if err := command(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Print(usage)
			return
		}
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		os.Exit(1)
	}
}

func command(args []string) error {
	if len(args) == 0 {
		return flag.ErrHelp
	}
	verb, rest := args[0], args[1:]
	switch verb {
	case "build":
		return build(rest)
	case "path":
		if len(rest) != 1 {
			return fmt.Errorf("path takes one program; see 'controlplane help'")
		}
		path, err := programPath(rest[0])
		if err == nil {
			fmt.Println(path)
		}
		return err
	case "run", "start":
		options, err := parseOptions(verb, rest)
		if err != nil {
			return err
		}
		if verb == "start" {
			return start(options)
		}
		return run(options)
	case "second":
		if len(rest) != 2 {
			return fmt.Errorf("second takes a folder and etcd's URL; see 'controlplane help'")
		}
		return second(rest[0], rest[1])
	case "stop":
		if len(rest) != 1 {
			return fmt.Errorf("stop takes one folder; see 'controlplane help'")
		}
		return stop(rest[0])
	case "help", "-h", "--help":
		return flag.ErrHelp
	default:
		return fmt.Errorf("unknown command %q; see 'controlplane help'", verb)
	}
}

// options says what kind of control plane is wanted.
type options struct {
	dir              string
	controllers      bool
	fsync            bool
	untilStdinCloses bool
}

func parseOptions(verb string, args []string) (options, error) {
	var o options
	if len(args) == 0 || args[0] == "" || args[0][0] == '-' {
		return o, fmt.Errorf("%s takes a folder first; see 'controlplane help'", verb)
	}
	dir, err := filepath.Abs(args[0])
	if err != nil {
		return o, err
	}
	o.dir = dir
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.Usage = func() {}
	flags.BoolVar(&o.controllers, "controllers", false, "")
	flags.BoolVar(&o.fsync, "fsync", false, "")
	if verb == "run" {
		flags.BoolVar(&o.untilStdinCloses, "until-stdin-closes", false, "")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, nil
}
