# frozen_string_literal: true

require "support/rspec"

RSpec.describe "A configuration that is wrong", :integration do
  # A port that notices whether anybody connects.
  let(:listener) { TCPServer.new("127.0.0.1", 0) }
  let(:mailbox) { settings(host: "127.0.0.1", port: listener.addr[1]) }

  after { listener.close }

  def expect_no_connection
    expect(listener.accept_nonblock(exception: false)).to eq(:wait_readable)
  end

  # @param words [Array<String, Regexp>] what standard error must name besides the file
  def expect_complaint(config, *words)
    process = launch(config)
    expect(process.exit_status).to eq(1)
    [process.config_path, *words].each { |word| expect(process.stderr).to match(word) }
    expect(process.stderr.lines.size).to be < 10
    expect_no_connection
  end

  def with(**changes)
    { mailboxes: [mailbox.merge(changes)] }
  end

  def without(key)
    { mailboxes: [mailbox.reject { |name, _| name == key }] }
  end

  it("is not there") { expect_complaint(nil) }
  it("is no YAML") { expect_complaint(":mailboxes:\n  - {:email: anna\n  - \"") }
  it("is no mapping") { expect_complaint("- 1\n- 2\n") }
  it("has broken ERB") { expect_complaint(":mailboxes: <%= nosuchthing.at_all %>\n", "nosuchthing") }
  it("has a syntax error in its ERB") { expect_complaint(":mailboxes: <%= 1 + %>\n") }

  it("lacks the e-mail address") { expect_complaint(without(:email), "email") }
  it("lacks the password") { expect_complaint(without(:password), inbox.user, "password") }
  it("lacks the host") { expect_complaint(with(host: nil), inbox.user, "host") }

  it("has a port that is no number") { expect_complaint(with(port: "abc"), inbox.user, "port") }
  it("has a negative idle_timeout") { expect_complaint(with(idle_timeout: -1), inbox.user, "idle_timeout") }
  it("has an idle_timeout over 29 minutes") { expect_complaint(with(idle_timeout: 1741), inbox.user, /idle.timeout/) }
  it("has a number for ssl") { expect_complaint(with(ssl: 5), inbox.user, "ssl") }

  it "has a log file in a folder that is not there" do
    expect_complaint(with(logger: { log_path: "/nonexistent/a.log" }), inbox.user, "logger.log_path",
                     "/nonexistent/a.log")
  end

  it "has a file for messages in a folder that is not there" do
    options = { delivery_method: "logger", delivery_options: { log_path: "/nonexistent/a.log" } }
    expect_complaint(with(**options), inbox.user, "delivery_options.log_path", "/nonexistent/a.log")
  end

  it "says nothing about how to deliver" do
    expect_complaint(with(delivery_method: nil, delivery_options: nil), inbox.user, "delivery_method is missing")
  end

  it "has an unknown delivery method" do
    expect_complaint(with(delivery_method: "pigeon"), inbox.user, "delivery_method", "pigeon")
  end

  it "has one bad mailbox after a good one" do
    good = settings(new_inbox, port: listener.addr[1])
    expect_complaint({ mailboxes: [good, mailbox.merge(port: "abc")] }, inbox.user, "port")
  end

  it "never shows a password" do
    process = launch(with(port: "abc"))
    process.exit_status
    expect(process.everything).not_to include(inbox.password)
  end

  describe "with --quiet" do
    def expect_quiet_complaint(config)
      process = launch(config, arguments: ["-q"])
      line = process.wait_for_log(what: "a warning") { |candidate| candidate["severity"] == "WARN" }
      expect(line["error"].to_s + line["message"].to_s).not_to be_empty
      expect_no_connection
      process.wait_for_title
      process.term
      expect(process.exit_status(20)).to eq(0)
    end

    it("warns of a bad value and idles until TERM") { expect_quiet_complaint(with(port: "abc")) }

    it("warns of a log file that cannot be opened and idles until TERM") do
      expect_quiet_complaint(with(logger: { log_path: "/nonexistent/a.log" }))
    end

    it "warns of a bad mailbox and serves the others" do
      inbox.append(Mails.small(1))
      process = launch({ mailboxes: [mailbox.merge(port: "abc"), settings] }, arguments: ["-q"])
      expect_delivered(1)

      expect(process.stdout).to include("mailboxes[0]")
      expect_no_connection
    end

    it("warns of broken YAML and idles until TERM") { expect_quiet_complaint(":mailboxes:\n  - {:email: anna\n  - \"") }
    it("warns of a missing file and idles until TERM") { expect_quiet_complaint(nil) }
  end

  # GitLab renders it so when incoming mail is switched off.
  it "has no mailboxes: that is a warning, and the process idles until TERM" do
    process = launch(":mailboxes:\n")
    process.wait_until(what: "a warning") { process.stderr.include?("mailboxes") }
    process.wait_for_title
    process.term
    expect(process.exit_status(20)).to eq(0)
  end
end
