# frozen_string_literal: true

require "json"
require "stringio"
require "tmpdir"

RSpec.describe MailRoom::Configuration do
  around do |example|
    Dir.mktmpdir do |folder|
      @path = File.join(folder, "mail_room.yml")
      example.run
    end
  end

  attr_reader :path

  let(:mailbox) do
    <<~YAML
      - :email: "support@example.com"
        :password: "hunter2"
        :host: imap.example.com
        :name: inbox
        :delivery_method: noop
    YAML
  end

  def configuration(text, **options)
    File.write(path, text)
    described_class.new(config_path: path, **options)
  end

  def error_of(text)
    configuration(text)
    nil
  rescue MailRoom::ConfigurationError => error
    error
  end

  it "reads mailboxes in their order" do
    read = configuration(":mailboxes:\n#{mailbox}#{mailbox.sub('support@', 'desk@')}")

    expect(read.mailboxes.map(&:email)).to eq(%w[support@example.com desk@example.com])
    expect([read.health_check, read.shutdown_timeout, read.quiet]).to eq([nil, 10, false])
  end

  it "reads keys written as strings" do
    read = configuration(":mailboxes:\n#{mailbox}".gsub(/(?<=\W|\A):(?=\w+: ?)/, ""))

    expect(File.read(path)).to start_with("mailboxes:\n- email: ")
    expect(read.mailboxes.map(&:name)).to eq(%w[inbox])
  end

  it "evaluates ERB with the path of the file" do
    read = configuration(":mailboxes:\n#{mailbox.sub('inbox', '<%= File.basename(__FILE__) %>')}")

    expect(read.mailboxes.first.name).to eq("mail_room.yml")
  end

  it "lets the template require files relative to itself" do
    File.write(File.join(File.dirname(path), "names.rb"), 'MAIL_ROOM_SPEC_NAME = "from a file"')
    read = configuration("<% require_relative 'names' %>:mailboxes:\n" \
                         "#{mailbox.sub('inbox', '<%= MAIL_ROOM_SPEC_NAME %>')}")

    expect(read.mailboxes.first.name).to eq("from a file")
  end

  it "knows YAML's aliases and symbols" do
    read = configuration(<<~YAML)
      .shared: &shared
        :password: hunter2
        :delivery_method: :noop
        :host: imap.example.com
      :mailboxes:
        - <<: *shared
          :email: support@example.com
          :name: inbox
    YAML

    expect(read.mailboxes.first.to_h).to include(password: "hunter2", delivery_method: :noop)
  end

  it "reads health check and shutdown timeout" do
    health_check = "health_check: {address: 127.0.0.1, port: 8080}"
    read = configuration("shutdown_timeout: 2.5\n#{health_check}\nmailboxes:\n#{mailbox}")

    expect([read.health_check.address, read.health_check.port, read.shutdown_timeout]).to eq(["127.0.0.1", 8080, 2.5])
  end

  # GitLab renders this when incoming mail is switched off.
  ["", " []"].each do |value|
    it "takes mailboxes:#{value} as none, and warns" do
      read = nil

      expect { read = configuration(":mailboxes:#{value}\n") }
        .to output("mail_room: #{path}: mailboxes is empty, so there is nothing to watch\n").to_stderr
      expect(read.mailboxes).to eq([])
    end
  end

  it "warns of a misspelled key at the top, and of no other" do
    expect { configuration("mailboxes:\n#{mailbox}health_chek: {}\nanchors: {}\n") }
      .to output("mail_room: #{path}: unknown key :health_chek, did you mean :health_check?\n").to_stderr
  end

  it "warns of an unknown key of the health check" do
    expect { configuration("mailboxes:\n#{mailbox}health_check: {adress: a, address: a, port: 1}\n") }
      .to output("mail_room: #{path}: unknown key health_check.adress, did you mean address?\n").to_stderr
  end

  it "warns of a mailbox that is there twice" do
    same = mailbox.sub("imap.example.com", "IMAP.example.com").sub(":name: inbox", ":name: INBOX")

    expect { configuration("mailboxes:\n#{mailbox}#{mailbox.sub('support@', 'desk@')}#{same}") }
      .to output("mail_room: #{path}: mailboxes[0] and mailboxes[2] are the same mailbox \"inbox\" of " \
                 "support@example.com\n").to_stderr
  end

  it "has no mailboxes without a file, and says so" do
    expect { expect(described_class.new.mailboxes).to eq([]) }
      .to output(/no file was given/).to_stderr
  end

  describe "errors" do
    it "begins with the path and names mailbox and key" do
      error = error_of(":mailboxes:\n#{mailbox}#{mailbox.sub('imap.example.com', 'null')}")

      expect(error.message).to start_with("#{path}: mailboxes[1]: Field :host is required in Mailbox: ")
      expect(error.message).to include("support@example.com").and(not_include("hunter2"))
      expect(error.cause).to be_a(MailRoom::ConfigurationError)
    end

    it "names the key of a log file that cannot be opened" do
      error = error_of(":mailboxes:\n#{mailbox}  :logger: {log_path: /nonexistent/mail_room.log}\n")

      expect(error.message).to eq("#{path}: mailboxes[0]: mailbox \"inbox\" of support@example.com: logger.log_path " \
                                  "\"/nonexistent/mail_room.log\" cannot be opened: No such file or directory")
    end

    it "keeps the class of an idle timeout that is too large" do
      error = error_of(":mailboxes:\n#{mailbox}  :idle_timeout: 1741\n")

      expect(error).to be_a(MailRoom::IdleTimeoutTooLarge)
      expect(error.message).to start_with("#{path}: mailboxes[0]: Please use an idle timeout smaller than 1740")
    end

    it "names an ill-typed key" do
      expect(error_of(":mailboxes:\n#{mailbox}  :port: imaps\n").message).to match(/\A#{path}: mailboxes\[0\]: .*port/)
    end

    { "mailboxes: {a: 1}" => "mailboxes must be a list, not Hash",
      "mailboxes: [inbox]" => "mailboxes[0]: a mailbox must be a mapping, not String",
      "- mailboxes" => "the top level must be a mapping, not Array",
      "" => "the top level must be a mapping, not empty",
      "health_check: 8080" => "health_check must be a mapping, not Integer",
      "health_check: {port: 8080}" => "health_check: No health check address specified",
      "health_check: [{address: a}, {port: 1}]" => "health_check must be a mapping, not Array",
      "health_check: {address: a, port: .nan}" => "health_check: Health check port 0 is invalid",
      "health_check: {address: a, port: 0}" => "health_check: Health check port 0 is invalid",
      "shutdown_timeout: -1" => "shutdown_timeout must be a number of seconds above 0",
      "shutdown_timeout: soon" => "shutdown_timeout must be a number of seconds above 0" }
      .each do |text, message|
      it "refuses #{text.inspect}" do
        expect(error_of("#{text}\n").message).to eq("#{path}: #{message}")
      end
    end

    it "names a file that is not there" do
      expect { described_class.new(config_path: path) }
        .to raise_error(MailRoom::ConfigurationError, "#{path}: cannot be read: No such file or directory")
    end
  end

  it "takes a health check that is the only entry of a list" do
    read = configuration("health_check:\n  - {address: 127.0.0.1, port: 8080}\nmailboxes:\n#{mailbox}")

    expect([read.health_check.address, read.health_check.port]).to eq(["127.0.0.1", 8080])
  end

  it "makes no log file" do
    log = File.join(File.dirname(path), "a.log")
    configuration("mailboxes:\n#{mailbox}  :logger: {log_path: #{log}}\n")

    expect(File.exist?(log)).to be(false)
  end

  describe "quiet" do
    # @return [MailRoom::Configuration] whose lines on standard output {lines} has then
    def quietly(text)
      stdout = $stdout
      $stdout = StringIO.new
      configuration(text, quiet: true).tap { @lines = $stdout.string.lines.map { |line| JSON.parse(line) } }
    ensure
      $stdout = stdout
    end

    attr_reader :lines

    def errors
      lines.map { |line| line["error"] }
    end

    it "leaves out what is wrong and keeps the rest, with a line for each" do
      read = quietly("shutdown_timeout: 0\nhealth_check: {address: a, port: .inf}\n" \
                     "mailboxes:\n#{mailbox}- 7\n#{mailbox.sub('support@', 'desk@')}#{mailbox.sub('inbox', 'null')}")

      expect(read.mailboxes.map(&:email)).to eq(%w[support@example.com desk@example.com])
      expect([read.health_check, read.shutdown_timeout]).to eq([nil, 10])
      expect(errors).to match(["#{path}: shutdown_timeout must be a number of seconds above 0",
                               "#{path}: health_check: Health check port 0 is invalid",
                               "#{path}: mailboxes[1]: a mailbox must be a mapping, not Integer",
                               /\A#{path}: mailboxes\[3\]: Field :name is required/])
    end

    it "keeps health check and shutdown timeout when no mailbox can be read" do
      read = quietly("shutdown_timeout: 3\nhealth_check: {address: a, port: 1}\nmailboxes: 7\n")

      expect([read.mailboxes, read.health_check.port, read.shutdown_timeout]).to eq([[], 1, 3])
      expect(errors).to eq(["#{path}: mailboxes must be a list, not Integer"])
    end

    it "names mailboxes by their place in the file" do
      quietly("mailboxes:\n- 7\n#{mailbox}#{mailbox}")

      expect(errors.last).to start_with("#{path}: mailboxes[1] and mailboxes[2] are the same mailbox")
    end

    it "goes on without any mailbox and writes one line of JSON" do
      read = quietly(":mailboxes:\n- 7\n")

      expect(lines).to match(
        [{ "severity" => "WARN", "time" => /\A\d{4}-\d\d-\d\dT.*\.\d{3}[+-]\d\d:\d\d\z/,
           "action" => "Configuration could not be loaded",
           "error" => "#{path}: mailboxes[0]: a mailbox must be a mapping, not Integer" }]
      )
      expect([read.mailboxes, read.quiet]).to eq([[], true])
    end
  end
end
