package score

import (
	"os"
	"testing"

	"github.com/curious-go/curious/pkg/data"
)

// realDigits are digits of MNIST, or the test is skipped: the numbers of papers are not those of pen strokes.
func realDigits(t testing.TB, load func() (data.Digits, error)) data.Digits {
	t.Helper()
	full := os.Getenv("CURIOUS_TEST_FULL") == "1" && os.Getenv("CURIOUS_TEST_NO_DATA") == ""
	if os.Getenv("CURIOUS_DATA") == "" && !full {
		t.Skip("needs MNIST: set CURIOUS_DATA to the folder that holds it (go run . data get fetches it)")
	}
	digits, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if !digits.Real {
		t.Fatal("needs MNIST, and found ", digits)
	}
	return digits
}
