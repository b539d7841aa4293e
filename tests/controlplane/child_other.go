//go:build !linux

package main

import "os/exec"

// dieWithParent does nothing here: only Linux lets a child ask for it. Every other end of this process
// still stops its children.
func dieWithParent(*exec.Cmd) {}
