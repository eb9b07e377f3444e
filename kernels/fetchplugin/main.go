// Fetchplugin installs XLA's CPU plugin into a folder with go-xla's own installer, for machines that no wheel was made for.
package main

import (
	"fmt"
	"os"

	"github.com/gomlx/go-xla/installer"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "fetchplugin: usage: fetchplugin FOLDER")
		os.Exit(2)
	}
	if err := installer.CPUAutoInstall(os.Args[1], false, installer.Quiet); err != nil {
		fmt.Fprintln(os.Stderr, "fetchplugin:", err)
		os.Exit(1)
	}
}
