//go:build !linux

package kernels

import (
	"os/exec"
	"syscall"
)

func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func startTied(cmd *exec.Cmd) error { return cmd.Start() }

func adoptOrphans() {}

func endFamily() {}
