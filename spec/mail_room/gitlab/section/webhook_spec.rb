# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::Section::Webhook do
  def options(**settings)
    described_class.new("service_desk_email", settings, ->(key) { "test.service_desk_email.#{key}" }).options
  end

  it "is what GitLab's internal API asks for" do
    expect(options(gitlab_url: "http://gitlab.example", secret_file: "/srv/.gitlab_mailroom_secret")).to eq(
      delivery_url: "http://gitlab.example/api/v4/internal/mail_room/service_desk_email", content_type: "text/plain",
      jwt_auth_header: "Gitlab-Mailroom-Api-Request", jwt_issuer: "gitlab-mailroom", jwt_algorithm: "HS256",
      jwt_secret_path: "/srv/.gitlab_mailroom_secret"
    )
  end

  { { secret_file: "a" } => "gitlab_url", { gitlab_url: "a", secret_file: "" } => "secret_file" }.each do |written, key|
    it "needs #{key}" do
      expect { options(**written) }.to raise_error(
        MailRoom::ConfigurationError, "test.service_desk_email.#{key} is missing, which delivery_method webhook needs"
      )
    end
  end
end
