# frozen_string_literal: true

require "json"
require "openssl"
require "securerandom"
require "tempfile"

RSpec.describe MailRoom::JWT do
  let(:complete) { { header: "X-Token", secret_path: "/secret", issuer: "gitlab-mailroom", algorithm: "HS256" } }

  it "is valid when all is there" do
    expect(described_class.new(**complete)).to be_valid
  end

  %i[header secret_path issuer algorithm].each do |key|
    it "is not valid without #{key}" do
      jwt = described_class.new(**complete, key => nil)

      expect([jwt.valid?, jwt.token]).to eq([false, nil])
    end
  end

  describe "#token" do
    let(:secret) { SecureRandom.bytes(32) }

    def token_with(content)
      Tempfile.create("secret") do |file|
        file.write(content)
        file.close
        described_class.new(**complete, secret_path: file.path).token
      end
    end

    def decode(part)
      part.tr("-_", "+/").unpack1("m")
    end

    it "is signed with the secret of the file and says who and when" do
      token = token_with("#{[secret].pack('m0')}\n")
      header, claims, signature = token.split(".")

      expect(JSON.parse(decode(header))).to eq("alg" => "HS256")
      expect(JSON.parse(decode(claims))).to match("nonce" => /\A\h{24}\z/, "iat" => be_within(5).of(Time.now.to_i),
                                                  "iss" => "gitlab-mailroom")
      expect(decode(signature)).to eq(OpenSSL::HMAC.digest("SHA256", secret, "#{header}.#{claims}"))
    end

    it "is none without the file, which the error names" do
      expect { described_class.new(**complete).token }
        .to raise_error(MailRoom::ConfigurationError, %r{/secret: No such})
    end

    it "does not tell a secret that is none" do
      expect { token_with("hunter2!") }.to raise_error(MailRoom::ConfigurationError, /\A(?!.*hunter2)/)
    end
  end
end
