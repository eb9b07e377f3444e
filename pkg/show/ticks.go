package show

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// span is the range of one axis.
type span struct {
	lo, hi float64
	log    bool
	single bool // there is one value, in the middle
	whole  bool // values are whole numbers, such as steps
}

// at is where a value lies on the axis, 0 at its low and 1 at its high end.
func (s span) at(v float64) float64 {
	if s.log {
		return (math.Log(v) - math.Log(s.lo)) / (math.Log(s.hi) - math.Log(s.lo))
	}
	return (v - s.lo) / (s.hi - s.lo)
}

// include widens the range to hold a value.
func (s *span) include(v float64) { s.lo, s.hi = min(s.lo, v), max(s.hi, v) }

// pad adds a share of the range on both sides, and gives a single value room.
func (s *span) pad(low, high float64) {
	if s.log {
		width := math.Log(s.hi) - math.Log(s.lo)
		if width < 0.2 {
			width, s.lo, s.hi = 0.2, s.lo/1.1, s.hi*1.1
		}
		s.lo, s.hi = max(1e-307, s.lo*math.Exp(-low*width)), min(1e307, s.hi*math.Exp(high*width))
		return
	}
	width := s.hi - s.lo
	s.single = width == 0
	if least := 1e-9 * max(math.Abs(s.lo), math.Abs(s.hi)); width <= least {
		width = max(math.Abs(s.hi)*0.1, 1e-6)
		if s.hi == 0 {
			width = 1
		}
		s.lo, s.hi = s.lo-width/2, s.hi+width/2
	}
	s.lo, s.hi = s.lo-low*width, s.hi+high*width
}

// tick is a marked value and what is written there.
type tick struct {
	value float64
	text  string
}

// ticks are up to about n round values in the range.
func (s span) ticks(n int) []tick {
	if s.log {
		if t := s.logTicks(n); len(t) >= 2 {
			return t
		}
	}
	if s.single {
		v := (s.lo + s.hi) / 2
		return []tick{{v, Short(v)}}
	}
	step := niceStep((s.hi - s.lo) / float64(n))
	if s.whole {
		step = max(1, math.Ceil(step))
	}
	var out []tick
	digits := stepDigits(step)
	for k := math.Ceil(s.lo/step - 1e-9); k*step <= s.hi+1e-9*step && len(out) < 4*n; k++ {
		out = append(out, tick{k * step, number(k*step, digits)})
	}
	return out
}

func (s span) logTicks(n int) []tick {
	decades := math.Log10(s.hi) - math.Log10(s.lo)
	marks := []float64{1}
	switch {
	case decades < float64(n)/6:
		marks = []float64{1, 1.5, 2, 3, 4, 5, 6, 8}
	case decades < float64(n)/3:
		marks = []float64{1, 2, 5}
	}
	every := max(1, int(math.Ceil(decades/float64(n))))
	var out []tick
	for e := int(math.Floor(math.Log10(s.lo))); float64(e) <= math.Log10(s.hi); e++ {
		if len(marks) == 1 && e%every != 0 {
			continue
		}
		for _, m := range marks {
			v := m * math.Pow(10, float64(e))
			if v >= s.lo*(1-1e-9) && v <= s.hi*(1+1e-9) {
				text := Short(v)
				if m == 1 && (s.lo < 1e-4 || s.hi > 1e7) {
					text = "10" + superscript(e)
				}
				out = append(out, tick{v, text})
			}
		}
	}
	return out
}

// niceStep is the round step (1, 2, 2.5 or 5 times a power of ten) next to a wanted one, rather larger than smaller.
func niceStep(want float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(want)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*p >= 0.85*want {
			return m * p
		}
	}
	return 10 * p
}

// stepDigits is how many decimals tell the multiples of a step apart; -1 asks for scientific notation.
func stepDigits(step float64) int {
	for d := range 7 {
		if s := step * math.Pow(10, float64(d)); math.Abs(s-math.Round(s)) < 1e-6*s {
			return d
		}
	}
	return -1
}

// number writes a value with that many decimals, a true minus sign, and commas between thousands.
func number(v float64, digits int) string {
	if digits < 0 || math.Abs(v) >= 1e7 {
		return minus(Short(v))
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return minus(thousands(s))
}

// Short writes a number as one would say it: 1,200 · 0.05 · 3×10⁻⁷.
func Short(v float64) string {
	a := math.Abs(v)
	if v == 0 {
		return "0"
	}
	if a >= 1e7 || a < 1e-4 {
		e := int(math.Floor(math.Log10(a) + 1e-12))
		m := strconv.FormatFloat(v/math.Pow(10, float64(e)), 'g', 3, 64)
		power := "10" + superscript(e)
		switch m {
		case "1":
			return power
		case "-1":
			return minus("-" + power)
		}
		return minus(m + "×" + power)
	}
	s := strconv.FormatFloat(v, 'f', max(0, 3-int(math.Floor(math.Log10(a)))), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return minus(thousands(s))
}

func superscript(e int) string {
	return strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").Replace(fmt.Sprint(e))
}

func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

// thousands puts commas into the whole part of a plain number of four digits or more.
func thousands(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, rest, dot := strings.Cut(s, ".")
	if len(whole) > 3 {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if dot {
		rest = "." + rest
	}
	return sign + whole + rest
}
