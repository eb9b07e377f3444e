// Package testenv tells tests what `go run . test` has prepared for them outside of Go: Jupyter's own clients, and a browser.
package testenv

import (
	"os"
	"testing"
)

// Variables that `go run . test` sets for the tests.
const (
	FullVar      = "CURIOUS_TEST_FULL"       // that everything is set up and nothing may be skipped for want of it
	PythonVar    = "CURIOUS_TEST_PYTHON"     // an interpreter with Jupyter's clients
	BrowserVar   = "CURIOUS_TEST_BROWSER"    // Chromium
	NoBrowserVar = "CURIOUS_TEST_NO_BROWSER" // why there is none
)

// Full skips the test where nothing has been set up for it.
func Full(t testing.TB) {
	t.Helper()
	if os.Getenv(FullVar) == "" {
		t.Skip("needs JupyterLab and the kernel: run `go run . test`, which sets them up")
	}
}

// Python is an interpreter with jupyter_kernel_test, jupyter_console, papermill and nbclient, which knows the course's kernels. They take the checkout and
// the cache folder from $CURIOUS_ROOT and $CURIOUS_HOME.
func Python(t testing.TB) string {
	t.Helper()
	path := os.Getenv(PythonVar)
	if path == "" && os.Getenv(FullVar) != "" {
		t.Fatalf("%s is not set: `go run . test` sets it", PythonVar)
	}
	if path == "" {
		t.Skip("needs Jupyter's clients: run `go run . test`, which installs them")
	}
	return path
}

// Browser is Chromium; node and npm are there too. A machine without them skips the test, whatever else is set up.
func Browser(t testing.TB) string {
	t.Helper()
	path := os.Getenv(BrowserVar)
	if path != "" {
		return path
	}
	if why := os.Getenv(NoBrowserVar); why != "" {
		t.Skip("needs a browser: " + why)
	}
	if os.Getenv(FullVar) != "" {
		t.Fatalf("neither %s nor %s is set: `go run . test` sets one", BrowserVar, NoBrowserVar)
	}
	t.Skip("needs a browser and JupyterLab: run `go run . test`")
	return ""
}
