package lesson

import (
	"fmt"
	"math"
	"reflect"
)

// mistake is a wrong value that a wrong idea leads to.
type mistake struct {
	value float64
	says  string
}

// number judges a number, which may be off by tolerance, relative to want. A value that a known mistake leads to is told so.
func number(want, tolerance float64, mistakes ...mistake) func(any) string {
	near := func(a, b float64) bool { return math.Abs(a-b) <= tolerance*math.Abs(b) }
	return func(answer any) string {
		got, ok := toFloat(answer)
		switch {
		case !ok:
			return wrongType(answer, "a number")
		case math.IsNaN(got):
			return "the answer is not a number: somewhere 0 is divided by 0, or a logarithm is taken of a negative number."
		case got == 0:
			return unanswered
		case near(got, want):
			return ""
		}
		for _, m := range mistakes {
			if near(got, m.value) {
				return fmt.Sprintf("%.4g is %s.", got, m.says)
			}
		}
		if near(got, -want) {
			return fmt.Sprintf("%.4g has the right size and the wrong sign: a cost is −log p, which is positive.", got)
		}
		if got > want {
			return fmt.Sprintf("%.4g is too much.", got)
		}
		return fmt.Sprintf("%.4g is too little.", got)
	}
}

func toFloat(answer any) (float64, bool) {
	v := reflect.ValueOf(answer)
	switch {
	case !v.IsValid():
		return 0, false
	case v.CanFloat():
		return v.Float(), true
	case v.CanInt():
		return float64(v.Int()), true
	}
	return 0, false
}

// wrongType says what an answer should have been.
func wrongType(answer any, want string) string {
	if answer == nil {
		return unanswered
	}
	return fmt.Sprintf("the answer should be %s, and this is %T.", want, answer)
}
