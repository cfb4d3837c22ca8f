# frozen_string_literal: true

require "etc"
require "fileutils"
require "json"

# Runs all specs, several processes at a time, and tells of them as of one run. The processes are those of the gem
# parallel_tests; each gets files that together take about as long as those of the others, by the times in TIMES.
#
# Examples with the metadata `alone` come after all the others, in one process.
class SideBySide
  # What each file took in some run: its path and seconds. Files that are not named in it are taken for average ones.
  TIMES = "spec/times.log"
  RESULTS = "tmp/specs"

  # More than one to a core, since most of them wait for servers most of the time.
  PROCESSES = [2 * Etc.nprocessors, 4].min

  # @param files [Array<String>] files and folders
  def initialize(files = ["spec"])
    @files = files
  end

  # @return [Boolean] whether all examples passed
  def run
    FileUtils.rm_rf(RESULTS)
    FileUtils.mkdir_p(RESULTS)
    passed = [together, alone]
    report
    passed.all?
  end

  # Writes down what each file took; what did not run keeps its time.
  def record
    seconds = Hash.new(0.0)
    results.each { |result| result["examples"].each { |example| seconds[file(example)] += example["run_time"] } }
    known = File.readlines(TIMES, chomp: true).to_h { |line| line.split(":") }.select { |path, _| File.exist?(path) }
    all = known.merge(seconds.transform_values { |time| format("%.1f", time) })
    File.write(TIMES, all.sort.map { |line| "#{line.join(':')}\n" }.join)
  end

  private

  def together
    system("parallel_rspec", "-n", ENV.fetch("PARALLEL_TEST_PROCESSORS", PROCESSES).to_s, "--first-is-1",
           "--group-by", "runtime", "--runtime-log", TIMES, "--allowed-missing", "100",
           "--", "--tag", "~alone", *formats("$TEST_ENV_NUMBER"), "--", *@files)
  end

  def alone
    puts "\nThose that have the machine for themselves:"
    system("rspec", "--tag", "alone", *formats("alone"), *@files)
  end

  def formats(name)
    %W[--format progress --format json --out #{RESULTS}/#{name}.json]
  end

  # That of a process that was killed is empty.
  def written = Dir[File.join(RESULTS, "*.json")]

  def results
    @results ||= written.reject { |path| File.empty?(path) }.map { |path| JSON.parse(File.read(path)) }
  end

  def report
    counts = results.map { |result| result["summary"] }
    failed = results.flat_map { |result| result["examples"] }.select { |example| example["status"] == "failed" }
    puts "\nAll together: #{sum(counts, 'example_count')} examples, #{failed.size} failed, " \
         "#{sum(counts, 'pending_count')} pending"
    puts troubles(counts), failed.map { |example| "rspec '#{example['id']}' # #{example['full_description']}" }.sort
  end

  # What keeps examples from being counted.
  def troubles(counts)
    { "errors occurred outside of examples, see above" => sum(counts, "errors_outside_of_examples_count"),
      "processes told of no results" => written.size - results.size }
      .filter_map { |what, count| "#{count} #{what}" if count.positive? }
  end

  def sum(counts, key) = counts.sum { |count| count[key] }

  # Shared examples stand in a file of their own; the id begins with the file that includes them.
  def file(example) = example["id"].delete_prefix("./").split("[").first
end
