package score

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Published is a number from a paper.
type Published struct {
	What      string  // the model, as in Measured: "Gated PixelCNN"
	On        string  // the data set with its variant, as [data.Digits.Title] writes it: "static binarised MNIST 28×28"
	Unit      string  // "nats", "bits/dim", "%"
	Value     float64 // in that unit
	Bound     bool    // the true value is at most this: written with "≤"
	Source    string  // "van den Oord et al. 2016, table 1"
	Tolerance float64 // how far off a measured value may be and still agree, in that unit
	Better    Better  // which way is better; the zero value for numbers that must come out as they are
}

// Better says which way a number is better.
type Better int

// A closed form or a count has to come out Same; a cost is better Lower; an accuracy is better Higher.
const (
	Same Better = iota
	Lower
	Higher
)

// Measured is a number of ours.
type Measured struct {
	What   string  // the model
	On     string  // the data set with its variant
	Unit   string  // "nats", "bits/dim", "%"
	Value  float64 // in that unit
	StdErr float64 // standard error; 0 when there is none
	Bound  bool    // the true value is at most this
	Note   string  // "laptop, seed 1, 18 min"
}

// As is the estimate as a row for [Beside], in nats on its Title.
func (e Estimate) As(what, note string) Measured {
	return Measured{What: what, On: e.Title, Unit: "nats", Value: e.Mean, StdErr: e.StdErr, Bound: e.K > 0, Note: note}
}

// Comparison is published numbers beside measured ones, in groups within which numbers may be compared.
type Comparison struct{ Groups []Group }

// Group holds the numbers of one data set, one variant of it and one unit.
type Group struct {
	On, Unit string
	Rows     []Row
}

// Row is one model in one group.
type Row struct {
	What      string
	Published *Published // nil when there is none
	Measured  *Measured  // nil when there is none
	OK        bool       // both are there, and the measured one agrees or is better
	Verdict   string     // "agrees", "better by 1.20", "worse by 5.17", "off by 0.31", or why there is nothing to compare
}

// Beside puts the published number of each model beside the measured one, when both are on the same data set with the same binarisation and in the same unit.
// Where they are not, each stays in a group of its own and says so: a cost on dynamic binarised MNIST tells nothing about one on static.
// Rows come in the order of published, then of measured.
func Beside(published []Published, measured []Measured) Comparison {
	var c Comparison
	taken := make([]bool, len(measured))
	for _, p := range published {
		row := Row{What: p.What, Published: &p}
		i := slices.IndexFunc(measured, func(m Measured) bool {
			return m.What == p.What && sameGround(m.On, m.Unit, p.On, p.Unit)
		})
		if i >= 0 {
			taken[i] = true
			row.Measured = &measured[i]
			row.OK, row.Verdict = p.judge(measured[i].Value)
		} else {
			row.Verdict = "not measured"
			if j := slices.IndexFunc(measured, func(m Measured) bool { return m.What == p.What }); j >= 0 {
				row.Verdict = fmt.Sprintf("not comparable: measured in %s on %s", measured[j].Unit, measured[j].On)
			}
		}
		c.add(p.On, p.Unit, row)
	}
	for i, m := range measured {
		if taken[i] {
			continue
		}
		row := Row{What: m.What, Measured: &m, Verdict: "none published"}
		if j := slices.IndexFunc(published, func(p Published) bool { return p.What == m.What }); j >= 0 {
			row.Verdict = fmt.Sprintf("not comparable: published in %s on %s", published[j].Unit, published[j].On)
		}
		c.add(m.On, m.Unit, row)
	}
	return c
}

// sameGround says whether two numbers are of one data set and one unit. A number on unnamed data compares with nothing.
func sameGround(onA, unitA, onB, unitB string) bool {
	return onA != "" && strings.EqualFold(onA, onB) && unitA == unitB
}

func (c *Comparison) add(on, unit string, row Row) {
	for i := range c.Groups {
		if g := &c.Groups[i]; strings.EqualFold(g.On, on) && g.Unit == unit {
			g.Rows = append(g.Rows, row)
			return
		}
	}
	c.Groups = append(c.Groups, Group{On: on, Unit: unit, Rows: []Row{row}})
}

func (p Published) judge(value float64) (ok bool, verdict string) {
	worse := value - p.Value
	if p.Better == Higher {
		worse = -worse
	}
	switch {
	case math.IsNaN(worse):
		return false, "not a number"
	case math.Abs(worse) <= p.Tolerance:
		return true, "agrees"
	case p.Better == Same:
		return false, fmt.Sprintf("off by %.2f", math.Abs(worse))
	case worse < 0:
		return true, fmt.Sprintf("better by %.2f", -worse)
	default:
		return false, fmt.Sprintf("worse by %.2f", worse)
	}
}

// OK says whether every number that could be compared agrees or is better, and there is at least one.
func (c Comparison) OK() bool {
	compared := false
	for _, g := range c.Groups {
		for _, r := range g.Rows {
			if r.Published != nil && r.Measured != nil {
				if !r.OK {
					return false
				}
				compared = true
			}
		}
	}
	return compared
}

// Rows is the comparison as text: the header, then one line for each model, group by group.
func (c Comparison) Rows() (header []string, rows [][]string) {
	header = []string{"data", "unit", "model", "published", "source", "measured", "tolerance", "verdict", "note"}
	for _, g := range c.Groups {
		for _, r := range g.Rows {
			line := []string{g.On, g.Unit, r.What, "—", "", "—", "", r.Verdict, ""}
			if p := r.Published; p != nil {
				line[3], line[4] = number(p.Value, 0, p.Bound), p.Source
				line[6] = "± " + number(p.Tolerance, 0, false)
			}
			if m := r.Measured; m != nil {
				line[5], line[8] = number(m.Value, m.StdErr, m.Bound), m.Note
			}
			rows = append(rows, line)
		}
	}
	return header, rows
}

func number(value, stdErr float64, bound bool) string {
	s := fmt.Sprintf("%.2f", value)
	if bound {
		s = "≤ " + s
	}
	if stdErr > 0 {
		s += fmt.Sprintf(" ± %.2f", stdErr)
	}
	return s
}
