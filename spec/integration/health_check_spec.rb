# frozen_string_literal: true

require "net/http"
require "support/rspec"

RSpec.describe "The health check", :integration do
  let(:port) { Servers::Ports.free }
  let(:health_check) { { address: "127.0.0.1", port: port } }

  def ask(path = "/liveness", method: "Get", host: "127.0.0.1")
    Net::HTTP.start(host, port, nil, nil, open_timeout: 5, read_timeout: 5) do |http|
      http.request(Net::HTTP.const_get(method).new(path))
    end
  end

  def told(response)
    [response.code, response.body]
  end

  def wait_until_served(host: "127.0.0.1")
    processes.last.wait_until(what: "an answer") do
      ask(host: host)
    rescue SystemCallError
      nil
    end
  end

  # A wrong health check is told at the start, and the process ends.
  def expect_refusal(error, health_check)
    process = mail_room(health_check: health_check)
    expect(process.exit_status).to eq(1)
    expect(process.stderr).to match(error)
  end

  it "answers OK while mailboxes are watched, in the words of gitlab-mail_room" do
    mail_room(health_check: health_check)
    response = wait_until_served

    expect(told(response)).to eq(%W[200 OK\n])
    expect(response["Content-Type"]).to start_with("text/plain")
    expect(told(ask(method: "Head"))).to eq(["200", nil])
    inbox.append(Mails.small(1))
    expect_delivered(1)
    expect(told(ask)).to eq(%W[200 OK\n])
  end

  it "knows no other paths and no other methods" do
    mail_room(health_check: health_check)
    wait_until_served

    expect(["/", "/liveness/x", "/livenes"].map { |path| ask(path).code }).to all(eq("404"))
    expect(%w[Post Put Delete].map { |method| ask(method: method) })
      .to all(have_attributes(code: "405", to_hash: include("allow" => ["GET, HEAD"])))
  end

  it "answers several requests on one connection" do
    mail_room(health_check: health_check)
    wait_until_served

    Net::HTTP.start("127.0.0.1", port) do |http|
      expect(Array.new(3) { told(http.get("/liveness?verbose")) }).to all(eq(%W[200 OK\n]))
    end
  end

  it "is there without mailboxes, and while a mailbox cannot be reached" do
    mail_room(settings(port: Servers::Ports.free), health_check: health_check)
    expect(told(wait_until_served)).to eq(%W[200 OK\n])
    wait_for_error

    expect(told(ask)).to eq(%W[200 OK\n])
  end

  it "says that it is not running while it shuts down, and then listens no more" do
    redis = own(Servers::Redis.new)
    mail_room(settings(delivery: { redis_url: redis.url }), health_check: health_check, shutdown_timeout: 3)
    wait_until_served
    processes.last.wait_for_action("Idling")
    redis.pause
    inbox.append(Mails.small(1))
    processes.last.wait_for_action("sending to deliverer")

    processes.last.term
    processes.last.wait_until(what: "another answer") { told(ask) == ["500", "Not running\n"] }
    expect(processes.last.exit_status).to eq(0)
    expect { ask }.to raise_error(Errno::ECONNREFUSED)
  end

  it "is served on every address of a host name" do
    mail_room(health_check: { address: "localhost", port: port.to_s })
    wait_until_served

    Addrinfo.getaddrinfo("localhost", port, nil, :STREAM).map(&:ip_address).each do |address|
      expect(told(ask(host: address))).to eq(%W[200 OK\n])
    end
  end

  it "is served over IPv6" do
    TCPServer.new("::1", 0).close
    mail_room(health_check: { address: "::1", port: port })
    expect(told(wait_until_served(host: "::1"))).to eq(%W[200 OK\n])
  rescue Errno::EADDRNOTAVAIL, Errno::EAFNOSUPPORT
    skip "this machine has no IPv6"
  end

  describe "that cannot be served" do
    it "has a port that is taken" do
      taken = TCPServer.new("127.0.0.1", port)
      expect_refusal(/health_check: cannot listen on address 127\.0\.0\.1, port #{port}: .*in use/, health_check)
    ensure
      taken&.close
    end

    it "has an address of another machine" do
      expect_refusal(/health_check: cannot listen on address 192\.0\.2\.1, port #{port}/,
                     health_check.merge(address: "192.0.2.1"))
    end

    it "has a name that does not exist" do
      expect_refusal(/health_check: cannot listen on address health\.invalid, port/,
                     health_check.merge(address: "health.invalid"))
    end

    it "has no address" do
      expect_refusal(/health_check: No health check address specified/, { port: port })
    end

    it "has a port that is none" do
      expect_refusal(/health_check: Health check port 70000 is invalid/, health_check.merge(port: 70_000))
    end

    it "does not keep the mailboxes from being watched with --quiet" do
      process = launch({ mailboxes: [settings], health_check: { port: port } }, arguments: ["-q"])
      line = process.wait_for_action("Configuration could not be loaded")
      expect(line["error"]).to include("No health check address specified")
      process.wait_for_action("Idling")
      process.term
      expect(process.exit_status).to eq(0)
    end
  end
end
