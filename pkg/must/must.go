// Package must keeps cells short: it takes the error off calls that may fail.
//
//	digits := must.Get(data.BinarizedMNIST())
//	must.Do(show.Images(digits.Train.Images(32)))
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

// Get is v; it ends the program if err is not nil.
func Get[T any](v T, err error) T {
	Do(err)
	return v
}

// Get2 is v and w; it ends the program if err is not nil.
func Get2[T, U any](v T, w U, err error) (T, U) {
	Do(err)
	return v, w
}
