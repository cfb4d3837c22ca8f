# frozen_string_literal: true

require "jwt"
require "support/rspec"

# The reference gem at hand has no tokens yet. Later versions make them by ruby-jwt, so that one is the reference here.
RSpec.describe "The token of a webhook, beside one of ruby-jwt", :integration do
  let(:folder) { Servers::Folder.new("jwt").tap { |folder| disposables << folder } }
  let(:web) { own(Servers::Web.new) }
  let(:secret) { SecureRandom.bytes(32) }

  # @return [String] the token of a delivered message
  def token(algorithm, secret_file)
    inbox.append(Mails.fixture("reply"))
    options = { delivery_url: web.url, content_type: "text/plain", jwt_auth_header: "Gitlab-Mailroom-Api-Request",
                jwt_issuer: "gitlab-mailroom", jwt_algorithm: algorithm, jwt_secret_path: secret_file }
    process = mail_room(settings(delivery_method: "postback").merge(delivery_options: options))
    process.wait_until(what: "a request") { web.requests.any? }
    web.requests.first.headers.fetch("gitlab-mailroom-api-request")
  end

  %w[HS256 HS384 HS512].each do |algorithm|
    it "is the same, byte for byte, with #{algorithm}" do
      token = token(algorithm, folder.write("secret", "#{[secret].pack('m0')}\n"))
      claims, = JWT.decode(token, secret, true, algorithm: algorithm, iss: "gitlab-mailroom", verify_iss: true,
                                                verify_iat: true)

      expect(claims.keys).to eq(%w[nonce iat iss])
      expect(token).to eq(JWT.encode(claims, secret, algorithm))
    end
  end
end
