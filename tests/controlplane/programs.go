package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// The module that pins the programs is part of this one: the cache's key and what is built cannot
// differ from the source that asks for it.

//go:embed go.mod
var goMod []byte

//go:embed go.sum
var goSum []byte

// program is one of the pinned programs.
type program struct {
	name, pkg string
	// minutes is what a first build takes on two cores, in words. Later programs share most packages
	// with the first that is built.
	minutes string
	// asset says that KUBEBUILDER_ASSETS is expected to hold it.
	asset bool
}

var programs = []program{
	{"etcd", "go.etcd.io/etcd/server/v3", "about 2 minutes", true},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "about 4 minutes", true},
	{"kubectl", "k8s.io/kubernetes/cmd/kubectl", "about 1 minute", true},
	{"helm", "helm.sh/helm/v4/cmd/helm", "about 1 minute", false},
	{"kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", "about 2 minutes", false},
}

func find(name string) (program, error) {
	for _, p := range programs {
		if p.name == name {
			return p, nil
		}
	}
	return program{}, fmt.Errorf("unknown program %q; see 'controlplane help'", name)
}

// binDir is where the programs of this go.sum are kept.
func binDir() (string, error) {
	cache := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(cache) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no folder for the cache, set XDG_CACHE_HOME: %w", err)
		}
		cache = filepath.Join(home, ".cache")
	}
	digest := sha256.Sum256(goSum)
	key := hex.EncodeToString(digest[:])[:16]
	return filepath.Join(cache, "agentcore-policy-operator", "controlplane", key, "bin"), nil
}

// location is the program's path, whether it is there, and whether it is ours to build.
func location(p program) (path string, there, ours bool, err error) {
	if assets := os.Getenv("KUBEBUILDER_ASSETS"); assets != "" && p.asset {
		path = filepath.Join(assets, p.name)
		_, statErr := os.Stat(path)
		return path, statErr == nil, false, nil
	}
	dir, err := binDir()
	if err != nil {
		return "", false, false, err
	}
	path = filepath.Join(dir, p.name)
	_, statErr := os.Stat(path)
	return path, statErr == nil, true, nil
}

// programPath is where a program is; it is an error if it is not there.
func programPath(name string) (string, error) {
	p, err := find(name)
	if err != nil {
		return "", err
	}
	path, there, ours, err := location(p)
	switch {
	case err != nil:
		return "", err
	case !there && ours:
		return "", fmt.Errorf("%s is not built yet: run 'controlplane build %s'", name, name)
	case !there:
		return "", fmt.Errorf("KUBEBUILDER_ASSETS is set, but %s is not there", path)
	}
	return path, nil
}

// missing lists those of the named programs that have to be built.
func missing(names []string) ([]program, error) {
	var todo []program
	for _, name := range names {
		p, err := find(name)
		if err != nil {
			return nil, err
		}
		path, there, ours, err := location(p)
		if err != nil {
			return nil, err
		}
		if !there && !ours {
			return nil, fmt.Errorf("KUBEBUILDER_ASSETS is set, but %s is not there", path)
		}
		if !there {
			todo = append(todo, p)
		}
	}
	return todo, nil
}

// build builds those of the named programs that are not there yet, one after the other.
func build(names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("build takes the names of programs; see 'controlplane help'")
	}
	if todo, err := missing(names); err != nil || len(todo) == 0 {
		return err
	}
	dir, err := binDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	unlock, err := lockBuilds(filepath.Join(filepath.Dir(dir), "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	// Whoever held the lock before may have built them.
	todo, err := missing(names)
	if err != nil || len(todo) == 0 {
		return err
	}
	// What a killed run left half built. Nobody builds now: the lock is ours.
	unfinished, _ := filepath.Glob(filepath.Join(dir, ".*"))
	for _, path := range unfinished {
		_ = os.Remove(path)
	}
	module, err := os.MkdirTemp("", "controlplane-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(module)
	for file, content := range map[string][]byte{"go.mod": goMod, "go.sum": goSum} {
		if err := os.WriteFile(filepath.Join(module, file), content, 0o644); err != nil {
			return err
		}
	}
	for i, p := range todo {
		fmt.Fprintf(os.Stderr, "building %s (%d of %d, %s the first time)\n", p.name, i+1, len(todo), p.minutes)
		if err := buildOne(p, module, dir); err != nil {
			return err
		}
	}
	return nil
}

// lockBuilds keeps two runs from building at once. The kernel releases the lock however a run ends.
func lockBuilds(path string) (func(), error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	fd := int(file.Fd())
	if err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		fmt.Fprintln(os.Stderr, "waiting for another run that builds the control plane's programs")
		if err := syscall.Flock(fd, syscall.LOCK_EX); err != nil {
			file.Close()
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
	}
	return func() { file.Close() }, nil
}

// buildOne builds under another name and renames: a program that is there is whole.
func buildOne(p program, module, dir string) error {
	unfinished := filepath.Join(dir, fmt.Sprintf(".%s.%d", p.name, os.Getpid()))
	defer os.Remove(unfinished)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", linkFlags(p), "-o", unfinished, p.pkg)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	dieWithParent(cmd)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the Go compiler (is Go installed?): %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(stop)
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("building %s: %w\n%s", p.name, err, output.String())
			}
			return os.Rename(unfinished, filepath.Join(dir, p.name))
		case <-stop:
			// The Go command removes its own temporary files when it is interrupted.
			_ = cmd.Process.Signal(os.Interrupt)
			<-done
			return fmt.Errorf("interrupted while building %s", p.name)
		case <-tick.C:
			fmt.Fprintf(os.Stderr, "  still building %s, %s so far\n", p.name, time.Since(began).Round(time.Second))
		}
	}
}

// linkFlags stamp the version that go.mod pins: without them the server reports v0.0.0-master.
func linkFlags(p program) string {
	flags := "-s -w"
	if !strings.HasPrefix(p.pkg, "k8s.io/") {
		return flags
	}
	version := regexp.MustCompile(`k8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)`).FindSubmatch(goMod)
	if version == nil {
		return flags
	}
	stamp := " -X k8s.io/component-base/version."
	return flags + stamp + "gitVersion=" + string(version[1]) +
		stamp + "gitMajor=" + string(version[2]) + stamp + "gitMinor=" + string(version[3])
}
