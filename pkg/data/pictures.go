package data

import "fmt"

// PictureSet is a data set of pictures, split: in colour (C = 3), or grey (C = 1).
type PictureSet struct {
	Train, Valid, Test Images

	Name          string   // what it is, without the size: "CIFAR-10"
	Classes       []string // what the labels stand for, or nil
	Height, Width int      // pixels
	Real          bool     // not drawn by our own code
	Origin        string   // one line: where it came from, and why

	Spots Spots   // where the thing in each picture stands, if that is known
	Floor float64 // bits for each value that no model can go under, if that is known; else 0
}

// Spots are places in the pictures of a [PictureSet], one each, or nil.
type Spots struct{ Train, Valid, Test []Spot }

// Spot is a place in a picture: 0,0 is the upper left corner, 1,1 the lower right one.
type Spot struct{ Row, Col float32 }

// Title names the data for a table heading: two results belong side by side only if their titles agree.
func (p PictureSet) Title() string { return fmt.Sprintf("%s %d×%d", p.Name, p.Height, p.Width) }

// String is the line that a notebook prints: what it is, how many, where from.
func (p PictureSet) String() string {
	return fmt.Sprintf("%s: %s train, %s valid, %s test; %s", p.Title(), thousands(p.Train.N), thousands(p.Valid.N), thousands(p.Test.N), p.Origin)
}

// Half is the set at half the height and width, each pixel the mean of four: for small machines. What floor there was is no longer known.
func (p PictureSet) Half() PictureSet {
	p.Train, p.Valid, p.Test = p.Train.Blocks14(), p.Valid.Blocks14(), p.Test.Blocks14()
	p.Height, p.Width, p.Floor = p.Train.H, p.Train.W, 0
	return p
}

// Quantised is the set with so many levels, 2 to 256, in place of those that it has. What floor there was is no longer known.
func (p PictureSet) Quantised(levels int) (PictureSet, error) {
	for _, part := range []*Images{&p.Train, &p.Valid, &p.Test} {
		fewer, err := part.Quantised(levels)
		if err != nil {
			return PictureSet{}, err
		}
		*part = fewer
	}
	p.Name, p.Floor = fmt.Sprintf("%s, %d levels,", p.Name, levels), 0
	return p, nil
}

// Quantised is the images with fewer levels: equal steps of those that they have, counted from 0.
func (m Images) Quantised(levels int) (Images, error) {
	if levels < 2 || levels > m.Levels || m.Bernoulli {
		return Images{}, fmt.Errorf("data: quantising images of %d levels to %d: levels must be 2 to those that there are, and pixels values, not chances", m.Levels, levels)
	}
	pix := make([]uint8, len(m.Pix))
	for k, v := range m.Pix {
		pix[k] = uint8(int(v) * levels / m.Levels)
	}
	m.Pix, m.Levels = pix, levels
	return m, nil
}

// PictureSet is the digits as pictures of as many levels as they have, for models of more than two.
func (d Digits) PictureSet() PictureSet {
	name := "pen-stroke digits, " + string(d.Variant) + ","
	if d.Real {
		name = string(d.Variant) + " MNIST"
	}
	p := PictureSet{Train: d.Train, Valid: d.Valid, Test: d.Test, Name: name, Height: d.Height, Width: d.Width, Real: d.Real, Origin: d.Origin}
	if d.Train.Labels != nil {
		for digit := range 10 {
			p.Classes = append(p.Classes, fmt.Sprint(digit))
		}
	}
	return p
}
