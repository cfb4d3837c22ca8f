# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::Configuration::Template do
  around do |example|
    Dir.mktmpdir do |folder|
      @path = File.join(folder, "mail_room.yml")
      example.run
    end
  end

  attr_reader :path

  def read(text)
    File.binwrite(path, text)
    described_class.new(path).to_h
  end

  def error_of(text)
    read(text)
    nil
  rescue MailRoom::ConfigurationError => error
    error
  end

  it "is the mapping at the top, with symbol keys" do
    expect(read("mailboxes: []\n:log: <%= 1 + 1 %>\n")).to eq(mailboxes: [], log: 2)
  end

  it "is read as UTF-8 in any locale, with or without a byte order mark" do
    expect(read("\xEF\xBB\xBFname: gr\u00FCn\n")).to eq(name: "gr\u00FCn")
  end

  it "refuses other encodings" do
    expect(error_of("name: gr\xFCn\n".b).message).to eq("is not valid UTF-8")
  end

  it "refuses a folder" do
    expect { described_class.new(File.dirname(path)).to_h }
      .to raise_error(MailRoom::ConfigurationError, "cannot be read: Is a directory")
  end

  { "a: [1" => /\AYAML: did not find expected ',' or '\]' .*at line \d+ column \d+/,
    "password: *hunter2" => /\AYAML: an alias without anchor/,
    "password: 2024-01-01" => /\AYAML: a date, a time or a value with a tag/,
    "password: !!float hunter2" => /\AYAML: a date, a time or a value with a tag/,
    "password: !ruby/object:Hunter2 {}" => /\AYAML: a date, a time or a value with a tag/,
    "\n<%= ENV.fetch('NOT_SET') %>" => 'ERB: KeyError: key not found: "NOT_SET" at line 2',
    "<%= nothing %>" => "ERB: NameError: undefined name :nothing at line 1",
    "<%= 'hunter2'.foo %>" => "ERB: NoMethodError: undefined method :foo at line 1",
    "<%= Integer('hunter2') %>" => "ERB: ArgumentError at line 1",
    "\n\n<%= 'hunter2 %>" => /\AERB: SyntaxError at line \d+\z/,
    "<% require 'no/such' %>" => "ERB: LoadError: cannot load such file -- no/such at line 1",
    "<% raise 'set IMAP_PASSWORD' %>" => "ERB: RuntimeError: set IMAP_PASSWORD at line 1",
    "<% raise Exception, 'hunter2' %>" => "ERB: Exception at line 1" }.each do |text, message|
    it "tells what is wrong with #{text.inspect}, without quoting values" do
      error = error_of("#{text}\n")

      expect(error.message).to match(message)
      expect(error.message).not_to match(/hunter2/i)
      expect(error.cause).to be_nil # its message would be printed along
    end
  end

  it "lets the template end the process, but not as if all were well" do
    expect { read("<% exit 3 %>") }.to raise_error(SystemExit)
    expect(error_of("\n<% exit %>").message).to eq("ERB: ends the program (exit) at line 2")
  end

  it "has its prints on standard error, beside what programs read" do
    expect { expect(read("<% puts 'a word' %>a: 1")).to eq(a: 1) }.to output("a word\n").to_stderr
    expect { read("<% puts 'a word' %>a: 1") }.not_to output.to_stdout
  end

  it "may be empty where that stands for something" do
    File.write(path, "# production: redis://a\n")

    expect(described_class.new(path, empty: {}).to_h).to eq({})
    expect { described_class.new(path).to_h }
      .to raise_error(MailRoom::ConfigurationError, "the top level must be a mapping, not empty")
  end
end
