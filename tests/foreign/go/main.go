// Verifies a log's folder without the hub's code. See docs/operations/other-verifiers.md.
//
//	all LOG VKEY          every entry and every tile, under the checkpoint
//	grown LOG VKEY OLD    that the log still begins with what the checkpoint in file OLD is over
//	proof FILE VKEY HASH  that the leaf of this hash, as in its receipt, is where the proof says
//	test FOLDER           all of the above and hostile copies, over what `published` wrote

package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "all":
		return all(args[1], args[2])
	case len(args) == 4 && args[0] == "grown":
		return grown(args[1], args[2], args[3])
	case len(args) == 4 && args[0] == "proof":
		return proof(args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "test":
		return test(args[1])
	}
	return errors.New("usage: all LOG VKEY | grown LOG VKEY OLD | proof FILE VKEY HASH | test FOLDER")
}

func all(root, keyFile string) error {
	log, err := open(root, keyFile)
	if err != nil {
		return err
	}
	if _, err := log.whole(); err != nil {
		return err
	}
	fmt.Printf("%d entries, every tile and the root hold: %v\n", log.tree.N, log.tree.Hash)
	return nil
}

func grown(root, keyFile, oldFile string) error {
	log, err := open(root, keyFile)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(oldFile)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(string(key), text)
	if err != nil {
		return err
	}
	if err := log.begins(old); err != nil {
		return err
	}
	fmt.Printf("the log of %d entries begins with the %d of the older checkpoint\n", log.tree.N, old.N)
	return nil
}

// begins checks that the older tree is a prefix of the log.
func (f *folder) begins(old tlog.Tree) error {
	if old.N > f.tree.N {
		return errors.New("the older checkpoint has more entries")
	}
	if empty, _ := rootOf(0, nil); old.N == 0 {
		if old.Hash != empty {
			return errors.New("a checkpoint of no entries has the root of some")
		}
		return nil
	}
	// Whatever the tiles were, the proof counts only when it leads from one root to the other.
	proof, err := tlog.ProveTree(f.tree.N, old.N, f.hashes())
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, f.tree.N, f.tree.Hash, old.N, old.Hash)
}

func proof(proofFile, keyFile, hash string) error {
	text, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	leaf, err := tlog.ParseHash(hash)
	if err != nil {
		return err
	}
	tree, index, err := checkProof(text, string(key), leaf)
	if err == nil {
		fmt.Printf("the leaf is number %d of the log of %d entries\n", index, tree.N)
	}
	return err
}

// checkProof reads a C2SP tlog-proof and checks the leaf under its checkpoint.
func checkProof(text []byte, vkey string, leaf tlog.Hash) (tree tlog.Tree, index int64, err error) {
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return tree, 0, errors.New("not a tlog-proof")
	}
	if tree, err = openCheckpoint(vkey, checkpoint); err != nil {
		return tree, 0, err
	}
	if strings.HasPrefix(lines[1], "extra ") {
		lines = lines[1:]
	}
	number := strings.TrimPrefix(lines[1], "index ")
	index, err = strconv.ParseInt(number, 10, 64)
	if err != nil || strconv.FormatInt(index, 10) != number {
		return tree, 0, errors.New("the index is not a plain number")
	}
	var hashes tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return tree, 0, errors.New("a line is not a hash")
		}
		hashes = append(hashes, *(*tlog.Hash)(hash))
	}
	return tree, index, tlog.CheckRecord(hashes, tree.N, tree.Hash, index, leaf)
}

func open(root, keyFile string) (*folder, error) {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	return openFolder(root, string(key))
}
