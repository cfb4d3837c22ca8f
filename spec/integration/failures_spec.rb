# frozen_string_literal: true

require "support/rspec"

# One mailbox that cannot be served beside one that can: what is said of the first, and that the second does not suffer.
RSpec.describe "A mailbox that cannot be served", :integration do
  let(:healthy) { new_inbox }
  let(:secret) { "hidden-#{SecureRandom.hex(8)}" }

  def broken(**others)
    settings(inbox, password: secret, **others)
  end

  # The broken mailbox stands first, so that it would be in the way of one that is served after it.
  # @return [String] the error that was logged
  def expect_failure_of(broken)
    healthy.append(Mails.small(1))
    process = mail_room(broken, settings(healthy))
    expect_delivered(1, inbox: healthy)

    line = wait_for_error(broken[:email])
    expect(line).to include("severity" => /\A(WARN|ERROR)\z/, "time" => /\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/)
    expect_still_served(process)
    expect_no_secret_in(process.everything)
    line.fetch("error")
  end

  # A failing neighbour must not do harm later either.
  def expect_still_served(process)
    healthy.append(Mails.small(2))
    expect_delivered(1..2, inbox: healthy)
    process.term
    expect(process.exit_status(20)).to eq(0)
  end

  def expect_no_secret_in(text)
    [secret, healthy.password, ["\0#{inbox.user}\0#{secret}"].pack("m0")].each do |hidden|
      expect(text).not_to include(hidden)
    end
  end

  it "has a wrong password" do
    error = expect_failure_of(broken)
    expect(error).to match(/auth|log ?in|password/i)
  end

  it "has a wrong password, said by AUTHENTICATE PLAIN" do
    expect_failure_of(broken(auth_method: "plain"))
  end

  it "has a host that does not exist" do
    # A name that is never given to anybody, see RFC 6761.
    expect_failure_of(broken(host: "imap.example.invalid"))
  end

  it "has a port where nobody listens" do
    expect_failure_of(broken(port: Servers::Ports.free))
  end

  it "has a mailbox name that does not exist" do
    expect_failure_of(broken(password: inbox.password, name: "Nowhere"))
  end

  it "has a server that accepts connections and then says nothing" do
    silent = TCPServer.new("127.0.0.1", 0)
    expect_failure_of(broken(port: silent.addr[1], greeting_timeout: 1))
  ensure
    silent&.close
  end

  it "has a server that speaks no IMAP" do
    expect_failure_of(broken(port: redis.port, greeting_timeout: 1, command_timeout: 1))
  end

  it "has a server that speaks no TLS" do
    expect_failure_of(broken(ssl: true, tls_timeout: 2))
  end

  describe "over TLS" do
    let(:tls) { { host: "localhost", ssl: { ca_file: certificates.ca_file } } }

    def server_with(certificate)
      own(Servers::Dovecot.new(certificate: certificate)).ports.fetch(:imaps)
    end

    it "has a certificate that has ended" do
      expect(expect_failure_of(broken(port: server_with(certificates.expired), **tls))).to match(/expired|ended|valid/i)
    end

    it "has a certificate for another host" do
      expect_failure_of(broken(port: server_with(certificates.wrong_host), **tls))
    end

    it "has a certificate of an authority that nobody knows" do
      expect_failure_of(broken(port: server_with(certificates.good), host: "localhost", ssl: true))
    end
  end

  it "is served after all when its server appears" do
    server = own(Servers::Dovecot.new)
    late = new_inbox(server)
    late.append(Mails.small(3))
    server.stop
    mail_room(settings(late))
    wait_for_error(late.user)
    server.start
    expect_delivered(3, inbox: late, limit: 60)
  end
end
