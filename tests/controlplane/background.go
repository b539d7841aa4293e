package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The file in a cluster's folder that says which process runs it. That process holds a lock on the
// file, which the kernel releases however it ends, so a stale number is never mistaken for a live one.
const pidFile = "controlplane.pid"

// claim makes the folder this process's own. The folder has to be new, empty, or left by a control
// plane that ended.
func claim(dir string) (release func(), err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	path := filepath.Join(dir, pidFile)
	if len(entries) > 0 {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("%s is not empty and not a control plane's folder; name another", dir)
		}
		if _, running := runningIn(dir); running {
			return nil, fmt.Errorf("a control plane runs in %s already", dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("a control plane runs in %s already", dir)
	}
	if _, err := fmt.Fprintln(file, os.Getpid()); err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil
}

// runningIn is the process that runs the control plane in a folder, if one does.
func runningIn(dir string) (pid int, running bool) {
	file, err := os.Open(filepath.Join(dir, pidFile))
	if err != nil {
		return 0, false
	}
	defer file.Close()
	if syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == nil {
		return 0, false
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return 0, false
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	return pid, err == nil && pid > 1
}

// start runs this program once more in the background and returns when the control plane is ready.
func start(o options) error {
	if _, running := runningIn(o.dir); running {
		fmt.Printf("KUBECONFIG=%s\n", filepath.Join(o.dir, "kubeconfig"))
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "run", o.dir,
		fmt.Sprintf("--controllers=%t", o.controllers), fmt.Sprintf("--fsync=%t", o.fsync))
	// A session of its own: neither Ctrl-C nor the end of this terminal reaches it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	problems, err := os.CreateTemp("", "controlplane-")
	if err != nil {
		return err
	}
	defer problems.Close()
	defer os.Remove(problems.Name())
	cmd.Stderr = problems
	if err := cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		fmt.Print(line)
		return nil
	}
	_ = cmd.Wait()
	text, _ := os.ReadFile(problems.Name())
	return fmt.Errorf("the control plane did not start: %s",
		strings.TrimPrefix(strings.TrimSpace(string(text)), "controlplane: "))
}

// stop ends the control plane in a folder and removes the folder. It is no error if none is there.
func stop(dir string) error {
	path := filepath.Join(dir, pidFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	pid, running := runningIn(dir)
	if !running {
		return os.RemoveAll(dir)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping process %d: %w", pid, err)
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if _, running := runningIn(dir); !running {
			return os.RemoveAll(dir)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("process %d does not end; its folder is %s", pid, dir)
}
