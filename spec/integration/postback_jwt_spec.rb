# frozen_string_literal: true

require "json"
require "openssl"
require "support/rspec"

# Tokens are checked with OpenSSL, as the receivers do it.
RSpec.describe "The JWT of a postback", :integration, :postback do
  let(:folder) { Servers::Folder.new("jwt").tap { |folder| disposables << folder } }
  let(:header) { "Gitlab-Mailroom-Api-Request" }

  def signed(algorithm, content, delivery: {}, **others)
    postback(delivery: { jwt_auth_header: header, jwt_issuer: "gitlab-mailroom", jwt_algorithm: algorithm,
                         jwt_secret_path: folder.write("secret", content) }.merge(delivery), **others)
  end

  def secret(byte)
    "#{[byte * 32].pack('m0')}\n"
  end

  # @return [Array<String>] what was signed, and the signature
  def split(token)
    signed, _, signature = token.rpartition(".")
    [signed, decode(signature)]
  end

  def decode(part)
    part.tr("-_", "+/").unpack1("m")
  end

  def parts(token)
    token.split(".").first(2).map { |part| JSON.parse(decode(part)) }
  end

  # @return [String] the token of a delivered message
  def token(mailbox)
    inbox.append(Mails.small(1))
    mail_room(mailbox)
    wait_for_marks
    wait_for_requests.last.headers.fetch(header.downcase)
  end

  def hmac?(token, key, digest = "SHA256")
    signed, signature = split(token)
    OpenSSL::HMAC.digest(digest, key, signed) == signature
  end

  it "is that of gitlab-mail_room with HS256" do
    before = Time.now.to_i
    token = token(signed("HS256", secret("k")))
    head, claims = parts(token)
    expect(head).to eq("alg" => "HS256")
    expect(claims).to match("nonce" => /\A\h{24}\z/, "iat" => be_between(before, Time.now.to_i),
                            "iss" => "gitlab-mailroom")
    expect(hmac?(token, "k" * 32)).to be(true)
    expect(processes.last.everything).not_to include(token, secret("k").chomp)
  end

  it "has a longer signature with HS512" do
    expect(hmac?(token(signed("HS512", secret("k"))), "k" * 32, "SHA512")).to be(true)
  end

  it "takes the receiver's key id and an expiry when asked for" do
    head, claims = parts(token(signed("HS256", secret("k"), delivery: { jwt_key_id: "one", jwt_expires_in: 60 })))
    expect(head).to eq("alg" => "HS256", "kid" => "one")
    expect(claims["exp"]).to eq(claims["iat"] + 60)
  end

  # Made once: an RSA key takes its time.
  rsa = OpenSSL::PKey::RSA.new(2048)
  { "PKCS#8" => rsa.private_to_pem, "PKCS#1" => rsa.to_pem }.each do |form, pem|
    it "is signed by an RSA key in #{form} with RS256" do
      signed, signature = split(token(signed("RS256", pem)))
      expect(rsa.verify("SHA256", signature, signed)).to be(true)
    end
  end

  it "is signed by an RSA key with PS256" do
    token = token(signed("PS256", rsa.private_to_pem))
    signed, signature = split(token)
    expect(rsa.verify_pss("SHA256", signature, signed, salt_length: :digest, mgf1_hash: "SHA256")).to be(true)
    expect(parts(token).first).to eq("alg" => "PS256")
  end

  curve = OpenSSL::PKey::EC.generate("prime256v1")
  { "PKCS#8" => curve.private_to_pem, "SEC 1" => curve.to_pem }.each do |form, pem|
    it "is signed by an elliptic curve key in #{form} with ES256" do
      token = token(signed("ES256", pem, delivery: { jwt_key_id: "thumbprint" }))
      signed, signature = split(token)
      numbers = signature.unpack("a32 a32").map { |half| OpenSSL::ASN1::Integer(OpenSSL::BN.new(half, 2)) }
      expect(curve.verify("SHA256", OpenSSL::ASN1::Sequence(numbers).to_der, signed)).to be(true)
      expect(parts(token).first).to eq("alg" => "ES256", "kid" => "thumbprint")
    end
  end

  it "is signed with the new secret once the file has another" do
    expect(hmac?(token(signed("HS256", secret("k"))), "k" * 32)).to be(true)

    folder.write("secret", secret("n"))
    inbox.append(Mails.small(2))
    token = wait_for_requests(2).last.headers.fetch(header.downcase)
    expect(hmac?(token, "n" * 32)).to be(true)
  end

  it "holds the mail back while the secret cannot be read, and says which file" do
    token(signed("HS256", secret("k")))
    File.unlink(folder.join("secret"))
    inbox.append(Mails.small(2))
    expect(wait_for_pause["error"]).to match(/#{folder.join('secret')}: No such file/)
    expect(inbox.unseen).to eq(1)

    folder.write("secret", secret("k"))
    wait_for_marks
    expect(posted_numbers).to eq([1, 2])
  end

  it "that is refused leads to clock and secret" do
    web.answer(status: 401, headers: { "Date" => (Time.now - 3600).httpdate }, body: '{"message":"401 Unauthorized"}')
    token(signed("HS256", secret("k")))
    expect(wait_for_pause["error"]).to match(/401 \(.*clock is 3\d\d\d s ahead.*secret of #{folder.path}.*Unauthorized/)
    expect(posted_numbers).to eq([1, 1])
  end
end
