# frozen_string_literal: true

# Attacks everything that reads bytes from outside, see ext/mail_room_core/fuzz/README.md.
module Fuzz
  FOLDER = "ext/mail_room_core/fuzz"
  CARGO = ENV.fetch("CARGO", "cargo")

  # Memory a target may take. Far above what any input of this size is worth.
  RSS_MIB = 1024

  module_function

  # @return [Array<String>] what is to be attacked
  def targets
    known = Dir[File.join(FOLDER, "targets", "*.rs")].map { |file| File.basename(file, ".rs") }.sort - ["lib"]
    given = ENV.fetch("TARGET", nil)
    abort "TARGET must be one of #{known * ', '}" unless given.nil? || known.include?(given)
    given ? [given] : known
  end

  # @return [Boolean] whether cargo-fuzz and a nightly Rust are there
  def libfuzzer?
    system(CARGO, "+nightly", "fuzz", "--version", out: File::NULL, err: File::NULL)
  end

  # @return [String] a folder with the seeds that the tests make of traces and fixtures
  def seeds
    File.expand_path("tmp/fuzz/seeds").tap { |folder| mutate("FUZZ_SEEDS" => folder) }
  end

  # The tests of the core with these settings.
  def mutate(settings)
    command = [CARGO, "test", "-p", "mail_room_core", "--lib", "--locked", "fuzzing::tests::no_input_does_harm"]
    system(settings, *command, "--", "--nocapture", exception: true)
  end

  # The versions of all crates are those of the product.
  def attack(target, seeds, seconds, seed)
    FileUtils.cp("Cargo.lock", FOLDER)
    found = File.join("tmp/fuzz/found", target)
    FileUtils.mkdir_p([found, File.join("tmp/fuzz/artifacts", target)])
    # Some doors share one.
    words = { "imap_response" => "imap", "email" => "headers" }.fetch(target, target)
    dictionary = File.join(FOLDER, "dictionaries", "#{words}.dict")
    corpora = [found, File.join(FOLDER, "corpus", target), File.join(seeds, target)].select { File.directory?(_1) }
    # No unsafe code is ours: a sanitizer would only cost time.
    system(CARGO, "+nightly", "fuzz", "run", "--fuzz-dir", FOLDER, "--target-dir", "target/fuzz",
           "--sanitizer", "none", target, *corpora, "--",
           "-max_total_time=#{seconds}", "-rss_limit_mb=#{RSS_MIB}", "-timeout=10", "-seed=#{seed}",
           "-artifact_prefix=tmp/fuzz/artifacts/#{target}/", *("-dict=#{dictionary}" if File.exist?(dictionary)),
           exception: true)
  end
end

desc "Attack what reads bytes from outside: SECONDS for each target, one TARGET instead of all, SEED"
task :fuzz do
  seconds = ENV.fetch("SECONDS", "60")
  seed = ENV.fetch("SEED", "1")
  if Fuzz.libfuzzer?
    seeds = Fuzz.seeds
    Fuzz.targets.each { |target| Fuzz.attack(target, seeds, seconds, seed) }
  else
    puts "no cargo-fuzz with nightly Rust here: the mutations of the tests instead"
    Fuzz.targets.each do |target|
      Fuzz.mutate("FUZZ_TARGET" => target, "FUZZ_SECONDS" => seconds, "FUZZ_SEED" => seed)
    end
  end
end
