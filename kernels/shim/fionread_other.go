//go:build !linux

package main

// fionread asks how many bytes a pipe holds.
const fionread = 0x4004667f
