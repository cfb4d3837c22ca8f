# frozen_string_literal: true

require "timeout"
require "tmpdir"

RSpec.describe MailRoom::Mailbox::LogFiles do
  around { |example| Dir.mktmpdir { |folder| Dir.chdir(folder) { example.run } } }

  def error_of(**attributes)
    described_class.new(build_mailbox(**attributes)).check
    nil
  rescue MailRoom::ConfigurationError => error
    error.message
  end

  { "logger.log_path" => { logger: { log_path: "missing/a.log" } },
    "log_path" => { delivery_method: "logger", log_path: "missing/a.log" },
    "delivery_options.log_path" => { delivery_method: "logger", delivery_options: { "log_path" => "missing/a.log" } } }
    .each do |key, attributes|
    it "refuses a #{key} in a folder that is not there" do
      expect(error_of(**attributes)).to eq("mailbox \"inbox\" of support@example.com: #{key} \"missing/a.log\" " \
                                           "cannot be opened: No such file or directory")
    end
  end

  it "refuses a file below a file" do
    File.write("a", "")

    expect(error_of(logger: { log_path: "a/a.log" })).to end_with("cannot be opened: Not a directory")
  end

  it "makes no file" do
    expect(error_of(logger: { log_path: "a.log" })).to be_nil
    expect(Dir.children(".")).to eq([])
  end

  it "refuses a folder" do
    expect(error_of(logger: { log_path: Dir.pwd })).to end_with("cannot be opened: Is a directory")
  end

  it "leaves a file as it is" do
    File.write("a.log", "before\n")

    expect(error_of(logger: { log_path: "a.log" })).to be_nil
    expect(File.read("a.log")).to eq("before\n")
  end

  it "has nothing against streams, no log, or a log_path of another delivery" do
    expect([{ logger: { log_path: $stdout } }, { logger: { log_path: "stderr" } }, {}, { log_path: "missing/a.log" },
            { logger: { log_path: File::NULL } }].map { |attributes| error_of(**attributes) }).to all(be_nil)
  end

  it "does not wait for the reader of a named pipe" do
    File.mkfifo("pipe")

    Timeout.timeout(5) { expect(error_of(logger: { log_path: "pipe" })).to be_nil }
  end
end
