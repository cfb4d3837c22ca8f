# frozen_string_literal: true

require "pathname"
require "stringio"

RSpec.describe MailRoom::Mailbox::LogPath do
  def setting(log_path)
    described_class.new({ log_path: log_path }).setting
  end

  it "knows standard output, however it is written" do
    expect(["STDOUT", "stdout", :stdout, $stdout, STDOUT].map { |value| setting(value) }).to all(eq("STDOUT")) # rubocop:disable Style/GlobalStdStream
  end

  it "knows standard error, however it is written" do
    expect(["STDERR", "stderr", :stderr, $stderr, STDERR].map { |value| setting(value) }).to all(eq("STDERR")) # rubocop:disable Style/GlobalStdStream
  end

  it "is nothing when nothing was written" do
    expect([nil, ""].map { |value| setting(value) }).to all(be_nil)
    expect(described_class.new({}).setting).to be_nil
  end

  it "is a path as given, or that of a file" do
    expect([setting("log/a.log"), setting(Pathname("b.log")), File.open(File::NULL) { |file| setting(file) }])
      .to eq(["log/a.log", "b.log", File::NULL])
  end

  it "knows standard output when it was replaced" do
    expect { puts setting($stdout) }.to output("STDOUT\n").to_stdout
  end

  it "knows a stream that has no path" do
    _, pipe = IO.pipe
    paths = [StringIO.new, pipe].map { |stream| described_class.new({ log_path: stream }) }

    expect(paths.map(&:setting)).to eq([nil, nil])
    expect(paths.map { |path| path.stream.class }).to eq([StringIO, IO])
    expect(["a.log", "STDOUT", $stdout, nil].map { |path| described_class.new({ log_path: path }).stream })
      .to all(be_nil)
  end

  it "refuses what has no path" do
    expect { setting(7) }.to raise_error(
      MailRoom::ConfigurationError, "logger.log_path must be a path, STDOUT or STDERR, not Integer"
    )
  end

  it "refuses a logger that is neither a mapping nor a logger" do
    expect { described_class.new("mail_room.log") }.to raise_error(
      MailRoom::ConfigurationError, "logger must be a mapping with log_path, not String"
    )
  end
end
