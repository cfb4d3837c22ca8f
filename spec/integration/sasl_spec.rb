# frozen_string_literal: true

require "openssl"
require "support/rspec"
require "support/secrets_helpers"

# How a password gets to a mail server, or does not.
RSpec.describe "A password", :integration, :secrets do
  let(:mechanisms) { %w[plain login scram-sha-256] }
  let(:plaintext) { true }
  let(:server) do
    own(Servers::Dovecot.new(certificate: certificates.good, mechanisms: mechanisms, plaintext: plaintext))
  end
  let(:inbox) { new_inbox(server) }

  before do
    server.fill(inbox.user, [Mails.small(1)])
    secrets.register(:password, inbox.password)
  end

  # From outside the machine, as far as the server knows.
  def from_outside(**others)
    settings(host: Servers::DovecotConfig::STRANGER, **others)
  end

  def over_tls(**others)
    settings(host: "localhost", port: server.ports.fetch(:imaps), ssl: { ca_file: certificates.ca_file }, **others)
  end

  # @return [Array<String>] how this user's clients have logged in; LOGIN counts as PLAIN
  def methods
    server.log.scan(/Login: user=<#{inbox.user}>, method=([^,]+)/).flatten
  end

  def expect_login(method, mailbox)
    mail_room(mailbox)
    processes.last.wait_until(what: "a job") { delivered_numbers == [1] }
    expect(methods).to eq([method])
    expect_untold
  end

  # @return [String] what the log says of it
  def expect_refusal(mailbox)
    mail_room(mailbox)
    wait_for_error["error"].tap do
      expect(methods).to eq([])
      expect(redis.job_count).to eq(0)
      expect_untold
    end
  end

  # @return [String] what a server needs to know of it (RFC 5803)
  def scram(password, iterations: 4096, salt: OpenSSL::Random.random_bytes(16))
    salted = OpenSSL::PKCS5.pbkdf2_hmac(password, salt, iterations, 32, "SHA256")
    stored = OpenSSL::Digest::SHA256.digest(OpenSSL::HMAC.digest("SHA256", salted, "Client Key"))
    keys = [salt, stored, OpenSSL::HMAC.digest("SHA256", salted, "Server Key")].map { |key| [key].pack("m0") }
    "{SCRAM-SHA-256}#{[iterations, *keys].join(',')}"
  end

  it("is proven, and not sent, without TLS") { expect_login("SCRAM-SHA-256", settings) }
  it("is sent as ever under TLS") { expect_login("PLAIN", over_tls) }
  it("is sent by LOGIN when auth_method says so") { expect_login("PLAIN", settings(auth_method: "login")) }
  it("is sent by PLAIN when auth_method says so") { expect_login("PLAIN", settings(auth_method: "plain")) }

  it "is proven under TLS when auth_method says so" do
    expect_login("SCRAM-SHA-256", over_tls(auth_method: "SCRAM-SHA-256"))
  end

  context "with a server that does not know it itself" do
    let(:password) { "pässwörd, \"with\" = and #{SecureRandom.hex(8)}" }
    let(:inbox) do
      server.add_user("proven", password, stored: scram(password, iterations: 100_000))
      server.inbox("proven")
    end

    it("is proven, whatever it is made of") { expect_login("SCRAM-SHA-256", settings) }
  end

  context "with a server that knows it in a form which nothing can be proven with" do
    let(:inbox) do
      password = "secret-#{SecureRandom.hex(8)}"
      server.add_user("hashed", password, stored: "{SHA256}#{[OpenSSL::Digest::SHA256.digest(password)].pack('m0')}")
      server.inbox("hashed")
    end

    it("is sent after all") { expect_login("PLAIN", settings) }
  end

  it "is not told when the proof is wrong" do
    secrets.register(:wrong, wrong = "wrong-#{SecureRandom.hex(8)}")
    refusal = expect_refusal(settings(password: wrong, auth_method: "scram-sha-256"))
    expect(refusal).to match(/AUTHENTICATE was answered NO/)
  end

  describe "where the server wants none without TLS" do
    let(:plaintext) { false }

    it("is proven") { expect_login("SCRAM-SHA-256", from_outside) }

    it "is sent after STARTTLS" do
      expect_login("PLAIN", settings(host: "localhost", start_tls: true, ssl: { ca_file: certificates.ca_file }))
    end

    describe "and takes no proof" do
      let(:mechanisms) { %w[plain login] }

      [nil, "login", "plain"].each do |method|
        it "is not sent, with auth_method #{method.inspect}" do
          expect(expect_refusal(from_outside(auth_method: method))).to match(/LOGINDISABLED.*set ssl or start_tls/)
        end
      end
    end
  end

  describe "where the server offers something else" do
    let(:mechanisms) { %w[plain] }

    it "is not sent, and the log says what is offered" do
      expect(expect_refusal(settings(auth_method: "scram-sha-256"))).to match(/it says AUTH=PLAIN/)
    end
  end
end
