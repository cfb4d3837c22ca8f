# frozen_string_literal: true

require "support/rspec"
require "support/secrets_helpers"

# Mailboxes that take access tokens and no passwords: a real Dovecot, which asks an authorization server whose they are.
RSpec.describe "A mailbox with OAuth", :integration, :secrets do
  let(:authorization) { own(Servers::Authorization.new) }
  let(:server) do
    own(Servers::Dovecot.new(mechanisms: %w[plain xoauth2 oauthbearer], introspection: authorization.introspection))
  end
  let(:inbox) { new_inbox(server).tap { |inbox| authorization.user = inbox.user } }

  before { inbox.append(Mails.small(1)) }

  def tokens(oauth2: authorization.options, **others)
    settings(password: nil, oauth2: oauth2, **others)
  end

  # @return [Array<String>] how this user's clients have logged in
  def methods
    server.log.scan(/Login: user=<#{inbox.user}>, method=([^,]+)/).flatten
  end

  def logins
    (methods - ["PLAIN"]).size
  end

  def expect_no_token_told
    secrets.register(:client, authorization.secret)
    authorization.tokens.each_with_index { |token, number| secrets.register(:"token_#{number}", token) }
    expect_untold
  end

  def errors
    processes.last.log.filter_map { |line| line["error"] }
  end

  { nil => "XOAUTH2", "xoauth2" => "XOAUTH2", "OAuthBearer" => "OAUTHBEARER" }.each do |method, name|
    it "is served by #{name} with auth_method #{method.inspect}" do
      mail_room(tokens(auth_method: method))
      expect_delivered(1)
      expect(methods).to include(name)
      expect(errors).to eq([])
      expect_no_token_told
    end
  end

  { "xoauth2" => /NO: .*\(the server's challenge: \{"status":/,
    "oauthbearer" => /NO: .*\(the server's challenge: \{"status":"invalid_token"/ }.each do |method, words|
    it "tells why a token is refused by #{method}" do
      authorization.user = "somebody-else"
      other = new_inbox(server)
      mail_room(tokens(auth_method: method), settings(other))
      expect(wait_for_error(inbox.user)["error"]).to match(words)
      expect_no_token_told

      other.append(Mails.small(7))
      processes.last.wait_until(what: "the other mailbox") { delivered_numbers == [7] }
    end
  end

  it "is served on with a new token before the old one expires, and loses nothing" do
    authorization.lifetime = 20
    process = mail_room(tokens)
    numbers = 2
    Wait.until(90, what: "three logins", interval: 0.5) do
      inbox.append(Mails.small(numbers))
      numbers += 1
      logins >= 3
    end
    expect_delivered(1...numbers, limit: 30)
    expect(process.log.map { |line| line["action"] }).to include("Renewing the login")
    expect(authorization.tokens.size).to be >= 3
    expect(errors).to eq([])
    expect_no_token_told
  end

  it "asks for a new token at once when the one it has was withdrawn" do
    process = mail_room(tokens)
    expect_delivered(1)
    process.wait_for_action("Idling")
    authorization.withdraw
    server.sessions.each { |pid| Process.kill("TERM", pid) }
    process.wait_until(30, what: "another login") { logins == 2 }
    expect(authorization.tokens.size).to eq(2)
    expect(errors.grep(/AUTHENTICATE/)).to eq([])

    inbox.append(Mails.small(2))
    expect_delivered(1..2)
    expect_no_token_told
  end

  it "says that the client's secret is wrong, and leaves other mailboxes alone" do
    secrets.register(:wrong, wrong = "wrong-#{SecureRandom.hex(12)}")
    other = new_inbox(server)
    process = mail_room(tokens(oauth2: authorization.options(client_secret: wrong)), settings(other))
    expect(wait_for_error(inbox.user)["error"]).to match(/no access token: .*invalid_client.*wrong secret/)
    other.append(Mails.small(7))
    process.wait_until(what: "the other mailbox") { delivered_numbers == [7] }
    expect(inbox.unseen).to eq(1)
    expect_no_token_told
  end

  it "waits for an authorization server that is down" do
    authorization.stop
    process = mail_room(tokens)
    expect(wait_for_error["error"]).to match(/no access token: .*connect/)
    authorization.start
    expect_delivered(1, limit: 60)
    expect(process).to be_alive
  end

  it "takes what a command prints, anew with each login" do
    runs = folder.write("runs", "")
    command = "echo run >> #{runs}; printf %s #{authorization.token}"
    process = mail_room(tokens(oauth2: { token_command: command }))
    expect_delivered(1)
    process.wait_for_action("Idling")
    server.sessions.each { |pid| Process.kill("TERM", pid) }
    process.wait_until(30, what: "another login") { logins == 2 }
    expect(File.readlines(runs).size).to eq(2)
    expect_no_token_told
  end

  it "takes what stands in a file at that moment" do
    file = folder.write("token", "expired-#{authorization.secret}")
    process = mail_room(tokens(oauth2: { token_file: file }))
    expect(wait_for_error["error"]).to match(/AUTHENTICATE was answered NO/)
    folder.write("token", "#{authorization.token}\n")
    expect_delivered(1, limit: 60)
    expect(process).to be_alive
    expect_no_token_told
  end

  it "sends a token no more than a password where the server wants none without TLS" do
    server = own(Servers::Dovecot.new(certificate: certificates.good, plaintext: false, mechanisms: %w[plain xoauth2],
                                      introspection: authorization.introspection))
    server.add_user(inbox.user, inbox.password)
    mail_room(tokens(host: Servers::DovecotConfig::STRANGER, port: server.ports.fetch(:imap)))
    expect(wait_for_error["error"]).to match(/LOGINDISABLED.*set ssl or start_tls/)
    expect(server.log).not_to match(/XOAUTH2/i)
  end
end
