// Package must keeps cells short: notebooks dot-import it and wrap calls that may fail.
//
//	digits := Must(data.MNIST())
//	Do(show.Images(digits.Images(32)))
//
// On an error the cell ends with that error, one line on stderr and exit status 1, without a dump of goroutines. Library code returns errors and never uses it.
package must

import (
	"fmt"
	"os"
	"strings"
)

// Do ends the program if err is not nil.
func Do(err error) {
	if err == nil {
		return
	}
	line := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), " · ")
	fmt.Fprintln(os.Stderr, "error: "+line)
	os.Exit(1)
}

// Must is v; it ends the program if err is not nil.
func Must[T any](v T, err error) T {
	Do(err)
	return v
}

// Must2 is v and w; it ends the program if err is not nil.
func Must2[T, U any](v T, w U, err error) (T, U) {
	Do(err)
	return v, w
}
