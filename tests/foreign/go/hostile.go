// The test over published logs of many sizes: what we publish and prove is taken, byte for byte the
// same as what Go's packages make; what was altered is not.

package main

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// What was compared and what was refused, of one size.
type tally struct{ same, refused int }

func test(root string) error {
	key, err := os.ReadFile(filepath.Join(root, "vkey"))
	if err != nil {
		return err
	}
	var sizes []int
	children, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, child := range children {
		if size, err := strconv.Atoi(child.Name()); err == nil {
			sizes = append(sizes, size)
		}
	}
	sort.Ints(sizes)
	if len(sizes) != 10 {
		return fmt.Errorf("%d sizes, not 10", len(sizes))
	}
	trees := map[int64]tlog.Tree{}
	for _, size := range sizes {
		done, err := testSize(filepath.Join(root, strconv.Itoa(size)), string(key), int64(size), trees)
		if err != nil {
			return fmt.Errorf("size %d: %w", size, err)
		}
		fmt.Printf("go   %6d entries: %3d proofs the same, %5d altered refused\n", size, done.same, done.refused)
	}
	return nil
}

// testSize does one size. trees are those of the smaller sizes.
func testSize(root, key string, size int64, trees map[int64]tlog.Tree) (tally, error) {
	var done tally
	log, err := openFolder(filepath.Join(root, "log"), key)
	if err != nil {
		return done, err
	}
	if log.tree.N != size {
		return done, fmt.Errorf("the checkpoint has size %d", log.tree.N)
	}
	kept, err := log.whole()
	if err != nil {
		return done, err
	}
	for _, older := range trees {
		if err := log.begins(older); err != nil {
			return done, fmt.Errorf("from %d: %w", older.N, err)
		}
	}
	trees[size] = log.tree
	for _, step := range []func() error{
		func() error { return log.inclusion(root, kept, &done) },
		func() error { return log.consistency(root, kept, &done) },
		func() error { return log.tampered(kept, &done) },
		func() error { return alteredNotes(log, key, &done) },
		func() error { return alteredProof(root, key, log, &done) },
	} {
		if err := step(); err != nil {
			return done, err
		}
	}
	return done, nil
}

// proofs reads lines of a number and hashes.
func proofs(file string, each func(place int64, hashes []tlog.Hash) error) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		words := strings.Split(line, " ")
		if line == "" {
			continue
		}
		place, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			return err
		}
		var hashes []tlog.Hash
		for _, word := range words[1:] {
			hash, err := hex.DecodeString(word)
			if err != nil || len(hash) != tlog.HashSize {
				return errors.New("not a hash")
			}
			hashes = append(hashes, *(*tlog.Hash)(hash))
		}
		if err := each(place, hashes); err != nil {
			return fmt.Errorf("place %d: %w", place, err)
		}
	}
	return nil
}

func same(ours, theirs []tlog.Hash) error {
	if len(ours) != len(theirs) {
		return fmt.Errorf("our proof has %d hashes, theirs %d", len(ours), len(theirs))
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			return fmt.Errorf("hash %d differs", i)
		}
	}
	return nil
}

// each hash altered, one too many and one too few: none may pass.
func hostile(proof []tlog.Hash, done *tally, passes func([]tlog.Hash) bool) error {
	try := func(altered []tlog.Hash) error {
		if passes(altered) {
			return errors.New("an altered proof passes")
		}
		done.refused++
		return nil
	}
	for i := range proof {
		altered := append([]tlog.Hash(nil), proof...)
		altered[i][i%tlog.HashSize] ^= 1 << (i % 8)
		if err := try(altered); err != nil {
			return err
		}
	}
	if len(proof) > 0 {
		if err := try(proof[1:]); err != nil {
			return err
		}
	}
	return try(append(append([]tlog.Hash(nil), proof...), tlog.Hash{}))
}

func (f *folder) inclusion(root string, kept memory, done *tally) error {
	size, hash := f.tree.N, f.tree.Hash
	return proofs(filepath.Join(root, "inclusion"), func(index int64, ours []tlog.Hash) error {
		theirs, err := tlog.ProveRecord(size, index, f.hashes())
		if err != nil {
			return err
		}
		if err := same(ours, theirs); err != nil {
			return err
		}
		leaf := kept[tlog.StoredHashIndex(0, index)]
		if err := tlog.CheckRecord(ours, size, hash, index, leaf); err != nil {
			return err
		}
		done.same++
		other := leaf
		other[0] ^= 1
		if tlog.CheckRecord(ours, size, hash, index, other) == nil {
			return errors.New("another leaf passes")
		}
		done.refused++
		return hostile(ours, done, func(altered []tlog.Hash) bool {
			return tlog.CheckRecord(altered, size, hash, index, leaf) == nil
		})
	})
}

func (f *folder) consistency(root string, kept memory, done *tally) error {
	size, hash := f.tree.N, f.tree.Hash
	return proofs(filepath.Join(root, "consistency"), func(old int64, ours []tlog.Hash) error {
		if old == 0 {
			// From nothing there is nothing to prove, and these packages have no such proof.
			return same(ours, nil)
		}
		theirs, err := tlog.ProveTree(size, old, f.hashes())
		if err != nil {
			return err
		}
		if err := same(ours, theirs); err != nil {
			return err
		}
		before, err := rootOf(old, kept)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(ours, size, hash, old, before); err != nil {
			return err
		}
		done.same++
		return hostile(ours, done, func(altered []tlog.Hash) bool {
			return tlog.CheckTree(altered, size, hash, old, before) == nil
		})
	})
}

// tampered flips a bit in each of the files that a proof is made from and in the bundle of the entry:
// neither the proof nor the whole log may pass. The bit is in a hash that the proof needs, because the
// reader of older releases takes up to two full tiles unproven (CVE-2026-56865): with them only what
// was proven counts, not what was read.
func (f *folder) tampered(kept memory, done *tally) error {
	if f.tree.N == 0 {
		return nil
	}
	for _, index := range []int64{0, f.tree.N / 2, f.tree.N - 1} {
		leaf := kept[tlog.StoredHashIndex(0, index)]
		prove := func(log *folder) error {
			proof, err := tlog.ProveRecord(log.tree.N, index, log.hashes())
			if err != nil {
				return err
			}
			entries, err := log.entries(index &^ (1<<height - 1))
			if err != nil {
				return err
			}
			if tlog.RecordHash(entries[index%(1<<height)]) != leaf {
				return errors.New("another entry")
			}
			return tlog.CheckRecord(proof, log.tree.N, log.tree.Hash, index, leaf)
		}
		seen := map[string]bool{}
		spy := *f
		spy.altered = func(path string, data []byte) []byte { seen[path] = true; return data }
		if err := prove(&spy); err != nil {
			return err
		}
		for path := range seen {
			copied := *f
			copied.altered = func(read string, data []byte) []byte {
				if read == path {
					data = append([]byte(nil), data...)
					data[needed(path, data, index)] ^= 0x10
				}
				return data
			}
			if prove(&copied) == nil {
				return fmt.Errorf("%s was altered, and entry %d is proven", path, index)
			}
			if _, err := copied.whole(); err == nil {
				return fmt.Errorf("%s was altered, and the whole log holds", path)
			}
			done.refused++
		}
	}
	return nil
}

// needed is a place in a file that the proof of the entry needs: in the hash beside its own, or in the
// entry.
func needed(path string, data []byte, index int64) int {
	words := strings.Split(path, "/")
	if words[1] == "entries" {
		entry := 2 + int(binary.BigEndian.Uint16(data))
		return int(index%(1<<height))*entry%len(data) + 2
	}
	level, _ := strconv.Atoi(words[1])
	beside := int(index>>(height*level)%(1<<height)) ^ 1
	return beside * tlog.HashSize % len(data)
}

// alteredText flips a bit in each byte. Go's base64 takes any value for the bits that are left over
// at the end, so a few flips are no more than another spelling; they are told apart by `unchanged`.
func alteredText(text []byte, done *tally, unchanged func([]byte) (passes, same bool)) error {
	if passes, same := unchanged(text); !passes || !same {
		return errors.New("what was published is refused")
	}
	for at := range text {
		altered := append([]byte(nil), text...)
		altered[at] ^= 1 << (at % 8)
		passes, same := unchanged(altered)
		if passes && !same {
			return fmt.Errorf("altered in byte %d it passes", at)
		}
		if !passes {
			done.refused++
		}
	}
	return nil
}

func alteredNotes(log *folder, key string, done *tally) error {
	return alteredText(log.note, done, func(text []byte) (bool, bool) {
		tree, err := openCheckpoint(key, text)
		return err == nil, tree == log.tree
	})
}

func alteredProof(root, key string, log *folder, done *tally) error {
	size := log.tree.N
	if size == 0 {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(root, "last.tlog-proof"))
	if err != nil {
		return err
	}
	entries, err := log.entries((size - 1) &^ (1<<height - 1))
	if err != nil {
		return err
	}
	last := tlog.RecordHash(entries[len(entries)-1])
	other := last
	other[0] ^= 1
	if _, _, err := checkProof(text, key, other); err == nil {
		return errors.New("another leaf passes")
	}
	return alteredText(text, done, func(text []byte) (bool, bool) {
		tree, index, err := checkProof(text, key, last)
		return err == nil, tree == log.tree && index == size-1
	})
}
