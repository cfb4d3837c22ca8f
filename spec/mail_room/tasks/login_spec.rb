# frozen_string_literal: true

require "mail_room/tasks/login"
require "mail_room/tasks/report"
require "socket"
require "stringio"
require "tmpdir"
require "yaml"

# With a real server: spec/integration/rake_spec.rb.
RSpec.describe MailRoom::Tasks::Login do
  around do |example|
    Dir.mktmpdir do |folder|
      @path = File.join(folder, "mail_room.yml")
      example.run
    end
  end

  attr_reader :path

  # @return [Integer] a port where nobody listens
  def closed_port
    TCPServer.open("127.0.0.1", 0) { |server| server.addr[1] }
  end

  def mailbox(**others)
    mailbox_attributes(host: "127.0.0.1", port: closed_port, ssl: false, **others)
  end

  # @return [Array<String>] what it prints
  def lines(*mailboxes, type: nil)
    output = StringIO.new
    File.write(path, YAML.dump(mailboxes: mailboxes))
    described_class.new(path, type, MailRoom::Tasks::Report.new(output)).run
    output.string.lines(chomp: true)
  end

  def job(worker)
    { delivery_method: "sidekiq", delivery_options: { redis_url: "redis://127.0.0.1", queue: "q", worker: worker } }
  end

  it "says which mailbox cannot be logged in to, and why" do
    told = lines(mailbox)

    expect(told.first(3)).to eq(["IMAP server credentials are correct? ... Checking support@example.com", "no",
                                 "  Try fixing it:"])
    expect(told[3]).to match(/\A  An error occurred: MailRoom::Error: support@example.com: .*refused/)
    expect(told.last(2)).to eq(["  Check that the information in config/gitlab.yml is correct",
                                "  Please fix the error above and rerun the checks."])
    expect(told.join).not_to include("hunter2")
  end

  it "tries all of them" do
    expect(lines(mailbox, mailbox(email: "other@example.com"))).to include("Checking other@example.com")
  end

  it "has a line of its own for Microsoft Graph" do
    graph = graph_attributes(email: "graph@example.com",
                             inbox_options: { azure_ad_endpoint: "http://127.0.0.1:#{closed_port}" })

    expect(lines(graph, mailbox)).to include("IMAP server credentials are correct? ... Checking support@example.com",
                                             "Microsoft Graph credentials are correct? ... Checking graph@example.com")
  end

  it "tries those alone that serve Service Desk" do
    desk = mailbox(email: "desk@example.com", **job("ServiceDeskEmailReceiverWorker"))
    told = lines(mailbox(**job("EmailReceiverWorker")), desk, type: "service_desk_email")

    expect(told.grep(/Checking/)).to eq(["IMAP server credentials are correct? ... Checking desk@example.com"])
  end

  it "says that there are none" do
    expect(lines).to include("  #{path} does not have mailboxes set up")
    expect(lines(mailbox, type: "incoming_email")).to include("  #{path} does not have mailboxes set up")
  end

  it "needs no log" do
    expect(lines(mailbox(logger: { log_path: "#{path}/log/mail_room_json.log" })).join).to include("refused")
  end

  it "says what is wrong in the configuration" do
    expect(lines(mailbox(port: 0)))
      .to include(/\A  An error occurred: MailRoom::ConfigurationError: #{path}: mailboxes\[0\]: .*port/)
  end
end
