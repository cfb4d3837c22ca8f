# frozen_string_literal: true

RSpec.describe MailRoom::JWT do
  let(:complete) { { header: "X-Token", secret_path: "/secret", issuer: "gitlab-mailroom", algorithm: "HS256" } }

  it "is valid when all is there" do
    expect(described_class.new(**complete)).to be_valid
  end

  %i[header secret_path issuer algorithm].each do |key|
    it "is not valid without #{key}" do
      expect(described_class.new(**complete, key => nil)).not_to be_valid
    end
  end
end
