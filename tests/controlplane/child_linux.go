package main

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel kill the child when this process ends, even by SIGKILL.
func dieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}
