package score

import (
	"math"
	"strings"
	"testing"
)

const (
	static  = "static binarised MNIST 28×28"
	dynamic = "dynamic binarised MNIST 28×28"
)

func TestBesideVerdicts(t *testing.T) {
	for _, c := range []struct {
		better          Better
		published, ours float64
		verdict         string
		ok              bool
	}{
		{Same, 97.24, 97.241, "agrees", true},
		{Same, 97.24, 96.24, "off by 1.00", false},
		{Lower, 81.3, 81.7, "agrees", true},
		{Lower, 81.3, 80.1, "better by 1.20", true},
		{Lower, 81.3, 86.3, "worse by 5.00", false},
		{Higher, 95.4, 97.0, "better by 1.60", true},
		{Higher, 95.4, 90.0, "worse by 5.40", false},
		{Lower, 81.3, math.NaN(), "not a number", false},
	} {
		got := Beside(
			[]Published{{What: "m", On: static, Unit: "nats", Value: c.published, Tolerance: 0.5, Better: c.better}},
			[]Measured{{What: "m", On: static, Unit: "nats", Value: c.ours}})
		if row := got.Groups[0].Rows[0]; row.Verdict != c.verdict || row.OK != c.ok || got.OK() != c.ok {
			t.Errorf("%v beside %v: %q, %v, want %q, %v", c.ours, c.published, row.Verdict, row.OK, c.verdict, c.ok)
		}
	}
}

// Card G: VLAE costs 79.03 nats on static and 78.53 on dynamic binarised MNIST. They must not meet in one row.
func TestBesideNeverComparesVariants(t *testing.T) {
	c := Beside(
		[]Published{{What: "VLAE", On: dynamic, Unit: "nats", Value: 78.53, Tolerance: 1, Better: Lower}},
		[]Measured{{What: "VLAE", On: static, Unit: "nats", Value: 79.03}})
	if len(c.Groups) != 2 || c.OK() {
		t.Fatalf("%+v, want two groups and nothing compared", c)
	}
	for _, g := range c.Groups {
		if r := g.Rows[0]; r.Published != nil && r.Measured != nil || !strings.HasPrefix(r.Verdict, "not comparable: ") {
			t.Errorf("%s: %+v", g.On, r)
		}
	}
	unnamed := Beside([]Published{{What: "VLAE", Unit: "nats"}}, []Measured{{What: "VLAE", Unit: "nats"}})
	if unnamed.OK() {
		t.Error("numbers on unnamed data were compared")
	}
	units := Beside([]Published{{What: "VLAE", On: static, Unit: "bits/dim"}}, []Measured{{What: "VLAE", On: static, Unit: "nats"}})
	if units.OK() || len(units.Groups) != 2 {
		t.Error("nats were compared with bits/dim")
	}
}
